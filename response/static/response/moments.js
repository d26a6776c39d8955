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

  // An entry may fall on another day in the reader's zone: the headings are made anew.
  function regroup(timeline) {
    timeline.querySelectorAll(".timeline-day").forEach(function (heading) {
      heading.remove();
    });
    var last = "";
    timeline.querySelectorAll(".entry").forEach(function (entry) {
      var when = new Date(entry.querySelector(".entry-time time").dateTime);
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

  document.querySelectorAll("time[data-moment]").forEach(show);
  document.querySelectorAll("[data-timeline]").forEach(regroup);
  document.querySelectorAll("[data-moment-note]").forEach(function (note) {
    note.textContent = note.dataset.momentNote.replace("%(zone)s", zone.replace(/_/g, " "));
  });
})();
