// Times are written in the site's zone; this turns them into the reader's. Without a
// script, or in a browser without Intl, they stay as they are, with their zone.
(function () {
  "use strict";

  var root = document.documentElement;
  var zone;
  try {
    zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (!zone) throw new RangeError("no zone");
  } catch (error) {
    root.classList.remove("has-script");
    return;
  }

  // The page's language, in the reader's own variety of it: “en-GB” for “en”.
  var own = navigator.language || "";
  var language = own.split("-")[0] === root.lang.split("-")[0] ? own : root.lang || undefined;
  var exact = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "long" });
  var dayName = new Intl.DateTimeFormat(language, {
    weekday: "long", day: "numeric", month: "long", year: "numeric",
  });

  function two(number) {
    return String(number).padStart(2, "0");
  }

  function date(when) {
    return when.getFullYear() + "-" + two(when.getMonth() + 1) + "-" + two(when.getDate());
  }

  function time(when) {
    return two(when.getHours()) + ":" + two(when.getMinutes());
  }

  function show(element) {
    var when = new Date(element.dateTime);
    if (isNaN(when)) return;
    var wanted = element.dataset.moment;
    var text = wanted === "time" ? time(when) : date(when);
    if (wanted === "date-time") text += " " + time(when);
    element.title = exact.format(when) + "\n" + when.toISOString().slice(0, 19) + "Z";
    element.textContent = text;
  }

  // An entry may fall on another day in the reader's zone: the headings are made again.
  function regroup(timeline) {
    timeline.querySelectorAll(":scope > .timeline-day").forEach(function (heading) {
      heading.remove();
    });
    var last = "";
    timeline.querySelectorAll(":scope > [data-at]").forEach(function (entry) {
      var when = new Date(entry.dataset.at);
      if (isNaN(when) || date(when) === last) return;
      last = date(when);
      var item = document.createElement("li");
      var heading = document.createElement("h3");
      item.className = "timeline-day";
      heading.textContent = dayName.format(when);
      item.appendChild(heading);
      timeline.insertBefore(item, entry);
    });
  }

  // A form's times: shown in the reader's zone, which goes along with them.
  function local(input) {
    var when = new Date(input.dataset.momentInput);
    if (!isNaN(when)) input.value = date(when) + "T" + time(when);
    input.removeAttribute("data-moment-input");
  }

  function everything(root) {
    root.querySelectorAll("time[data-moment]").forEach(show);
    root.querySelectorAll("[data-timeline]").forEach(regroup);
    root.querySelectorAll("[data-moment-note]").forEach(function (note) {
      note.textContent = note.dataset.momentNote.replace("%(zone)s", zone.replace(/_/g, " "));
    });
    root.querySelectorAll("form").forEach(function (form) {
      var field = form.querySelector("[data-zone]");
      if (!field || field.value === zone) return;
      var inputs = form.querySelectorAll("[data-moment-input]");
      // A time typed without a zone stays in the site's.
      if (!inputs.length && form.querySelector("input[type=datetime-local]")) {
        var empty = Array.prototype.every.call(
          form.querySelectorAll("input[type=datetime-local]"),
          function (input) { return !input.value; }
        );
        if (!empty) return;
      }
      inputs.forEach(local);
      field.value = zone;
    });
  }

  everything(document);
  ["htmx:afterSwap", "htmx:oobAfterSwap"].forEach(function (name) {
    document.addEventListener(name, function (event) {
      everything(document.body);
    });
  });
})();
