// What a page does more where there is a script: it follows what happens, previews Markdown,
// copies links, and takes keys. Everything works without it.
(function () {
  "use strict";

  var root = document.getElementById("response-page");
  if (!root) return;

  // Following what happens

  var poll = root.querySelector("[data-live]");
  var EVERY = 4000;

  function query() {
    return poll ? poll.dataset.query : "";
  }

  // What the reader has asked for and is not answered yet, and whether the page is to be brought
  // up to date once it is. Meanwhile nothing else changes the page: the answer would go into a
  // piece that has just been replaced, or an older state would be shown after a newer one.
  var asked = [];
  var polling = false;
  var stale = false;
  var due = false;

  function isOnItsWay(request) {
    return request.readyState > 0 && request.readyState < 4;
  }

  function follow() {
    if (!document.hidden) window.htmx.trigger(poll, "response:poll");
  }

  // While a button of the mouse or a finger is down, replacing what is below it loses the click.
  // A list that opens keeps the end of a press to itself: then the next move, or time, ends it.
  var PRESS = 10000;
  var pressed = -PRESS;

  document.addEventListener("pointerdown", function () { pressed = performance.now(); }, true);
  ["pointerup", "pointercancel", "pointermove"].forEach(function (name) {
    document.addEventListener(name, function (event) {
      if (name === "pointermove" && event.buttons) return;
      // The click itself comes first.
      if (isPressing()) setTimeout(function () { pressed = -PRESS; });
    }, true);
  });

  function isPressing() {
    return performance.now() - pressed < PRESS;
  }

  if (poll && window.htmx) {
    setInterval(follow, EVERY);
    document.addEventListener("visibilitychange", follow);

    document.addEventListener("htmx:beforeRequest", function (event) {
      if (event.detail.elt !== poll) return;
      asked = asked.filter(isOnItsWay);
      due = asked.length > 0;
      if (due) event.preventDefault();
    });
    document.addEventListener("htmx:beforeSend", function (event) {
      if (event.detail.elt === poll) {
        polling = true;
      } else {
        asked.push(event.detail.xhr);
        stale = polling;
      }
    });
    document.addEventListener("htmx:beforeSwap", function (event) {
      if (stale && event.detail.requestConfig.elt === poll) event.detail.shouldSwap = false;
    });
    document.addEventListener("htmx:afterRequest", function (event) {
      if (event.detail.elt === poll) {
        polling = false;
        due = due || stale;
        stale = false;
      }
      asked = asked.filter(isOnItsWay);
      if (!due || asked.length) return;
      due = false;
      follow();
    });

    document.addEventListener("htmx:configRequest", function (event) {
      var detail = event.detail;
      var given = new URLSearchParams(query());
      if (detail.elt === poll) {
        root.querySelectorAll("[data-piece]").forEach(function (piece) {
          detail.parameters[piece.dataset.piece] = piece.dataset.mark;
        });
        given.forEach(function (value, name) {
          detail.parameters[name] = value;
        });
      } else if (detail.verb === "post") {
        // The answer has the timeline in it, as the reader sees it.
        detail.path = detail.path.split("?")[0] + "?" + given.toString();
      }
    });

    // Nothing is replaced while a person types in it, or presses: the next answer brings it.
    document.addEventListener("htmx:oobBeforeSwap", function (event) {
      var target = event.detail.target;
      var active = document.activeElement;
      var writes = target.contains(active) && active.matches("input, textarea, select");
      if (target.querySelector("form[data-editing]") || writes || isPressing()) {
        event.detail.shouldSwap = false;
        return;
      }
      remember(target);
    });
    document.addEventListener("htmx:oobAfterSwap", restore);

    // A form that is on its way takes no second answer, which would be lost when it is replaced.
    document.addEventListener("htmx:beforeRequest", function (event) {
      busy(event.detail.elt, true);
    });
    document.addEventListener("htmx:afterRequest", function (event) {
      busy(event.detail.elt, false);
    });

    // What was stored comes back as the piece itself, a form that needs fixing does not.
    document.addEventListener("htmx:beforeSwap", function (event) {
      var answer = event.detail.serverResponse || "";
      if (!event.detail.shouldSwap) return;
      if (event.detail.requestConfig.verb === "post" && answer.indexOf("data-editing") < 0) {
        var form = event.detail.requestConfig.elt;
        if (!form.matches("form")) return;
        form.removeAttribute("data-editing");
        event.detail.swapOverride = "outerHTML";
        event.detail.target = form.closest("[data-piece]") || event.detail.target;
      }
    });
  }

  function busy(form, on) {
    if (!form.matches("form[data-editing]")) return;
    form.querySelectorAll("button[type=submit]").forEach(function (button) {
      button.disabled = on;
    });
  }

  var kept = { open: [], entry: null, top: 0 };

  function remember(target) {
    kept.open = Array.prototype.map.call(target.querySelectorAll("details[open][id]"), function (d) {
      return d.id;
    });
    kept.entry = null;
    if (target.getBoundingClientRect().top >= 0) return;
    target.querySelectorAll(".entry").forEach(function (entry) {
      var top = entry.getBoundingClientRect().top;
      if (kept.entry === null && top >= 0) {
        kept.entry = entry.id;
        kept.top = top;
      }
    });
  }

  function restore() {
    kept.open.forEach(function (id) {
      var details = document.getElementById(id);
      if (details) details.open = true;
    });
    var entry = kept.entry && document.getElementById(kept.entry);
    if (entry) window.scrollBy(0, entry.getBoundingClientRect().top - kept.top);
    kept.open = [];
    kept.entry = null;
  }

  // Forms in place

  function cancel(form) {
    var piece = form.closest("[data-piece]");
    if (!piece || !poll) return false;
    form.removeAttribute("data-editing");
    var inner = form.parentElement;
    if (inner !== piece) {
      inner.textContent = "";
    } else {
      piece.dataset.mark = "";
      if (document.activeElement) document.activeElement.blur();
      window.htmx.trigger(poll, "response:poll");
    }
    return true;
  }

  root.addEventListener("click", function (event) {
    var button = event.target.closest("[data-cancel], [data-copy], [data-preview]");
    if (!button) return;
    if (button.hasAttribute("data-cancel")) {
      var form = button.closest("form");
      if (window.htmx && cancel(form)) event.preventDefault();
    } else if (button.hasAttribute("data-copy")) {
      if (navigator.clipboard) {
        navigator.clipboard.writeText(button.dataset.copy).then(function () {
          button.textContent = button.dataset.copied;
        });
      }
    } else {
      preview(button);
    }
  });

  document.addEventListener("htmx:afterSwap", function (event) {
    if (event.detail.requestConfig && event.detail.requestConfig.elt === poll) return;
    ready(root);
    // The form that has come, not another one that is open elsewhere on the page.
    var part = event.target;
    var form = part.closest("form[data-editing]");
    if (!form && part === event.detail.target) form = part.querySelector("form[data-editing]");
    // The server says which field needs attention, after an error; otherwise it is the first one.
    var field =
      form &&
      (form.querySelector("[autofocus]") ||
        form.querySelector("textarea, select, input:not([type=hidden])"));
    if (field) field.focus();
  });

  // A preview beside each text in Markdown

  function ready(part) {
    part.querySelectorAll("textarea[data-markdown]").forEach(function (area) {
      if (area.dataset.ready) return;
      area.dataset.ready = "1";
      var button = document.createElement("button");
      button.type = "button";
      button.className = "quiet-button";
      button.dataset.preview = area.id;
      button.textContent = root.dataset.previewWords;
      var shown = document.createElement("div");
      shown.className = "rich preview";
      shown.hidden = true;
      shown.tabIndex = 0;
      shown.setAttribute("role", "region");
      shown.setAttribute("aria-label", root.dataset.previewWords);
      // Behind the hint, which belongs to the text.
      var hint = area.parentElement.querySelector(".form-text");
      (hint || area).after(button, shown);
    });
  }

  function preview(button) {
    var area = document.getElementById(button.dataset.preview);
    var shown = button.nextElementSibling;
    if (!shown.hidden) {
      shown.hidden = true;
      area.hidden = false;
      button.textContent = root.dataset.previewWords;
      area.focus();
      return;
    }
    var token = area.form.querySelector("[name=csrfmiddlewaretoken]");
    var body = new URLSearchParams({ text: area.value });
    fetch(root.dataset.previewAt, {
      method: "POST",
      body: body,
      headers: { "X-CSRFToken": token ? token.value : "" },
    })
      .then(function (answer) {
        if (!answer.ok) throw new Error(String(answer.status));
        return answer.text();
      })
      .then(function (html) {
        shown.innerHTML = html;
        shown.hidden = false;
        area.hidden = true;
        button.textContent = root.dataset.previewBack;
      })
      .catch(function () {
        shown.textContent = root.dataset.previewFailed;
        shown.hidden = false;
      });
  }

  ready(root);

  // Keys

  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    var writing = event.target.closest("input, textarea, select, [contenteditable=true]");
    if (event.key === "Escape") {
      var form = event.target.closest("form[data-editing]") || root.querySelector("form[data-editing]");
      var leave = form && form.querySelector("[data-cancel]");
      if (leave) leave.click();
      return;
    }
    if (writing) return;
    if (event.key === "?") {
      window.location.href = root.dataset.help;
    } else if (event.key === "/") {
      var search = root.querySelector("[data-search]");
      event.preventDefault();
      if (search) search.focus();
      else window.location.href = root.dataset.home;
    } else if (event.key.length === 1) {
      var target = document.querySelector('[data-key="' + CSS.escape(event.key) + '"]');
      if (target) {
        event.preventDefault();
        target.click();
      }
    }
  });
})();
