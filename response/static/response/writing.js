// What a person writes is not lost: not by leaving the page, by a click beside the form, by an
// answer that does not come, or by a session that has ended. What went wrong is said.
(function () {
  "use strict";

  var root = document.getElementById("response-page");
  if (!root) return;

  var WRITTEN = "form[data-editing], form[data-writing]";
  var poll = root.querySelector("[data-live]");
  var words = root.dataset;
  var opened = "";  // the id of what opened the form that is being left

  // What is not stored yet

  ["input", "change"].forEach(function (name) {
    document.addEventListener(name, function (event) {
      var form = event.target.closest(WRITTEN);
      if (form) form.dataset.changed = "1";
    });
  });

  function isUnsaved(form) {
    if (!form.hasAttribute("data-changed")) return false;
    // What is saved while it is written asks for itself, as long as that works.
    return !form.hasAttribute("data-autosave") || form.hasAttribute("data-stopped");
  }

  window.addEventListener("beforeunload", function (event) {
    var forms = Array.prototype.slice.call(document.querySelectorAll(WRITTEN));
    if (forms.some(isUnsaved)) event.preventDefault();
  });

  document.addEventListener("click", function (event) {
    var link = event.target.closest("[data-cancel]");
    var form = link && link.closest(WRITTEN);
    if (!form) return;
    if (form.hasAttribute("data-autosave") && isUnsaved(form) && !form.hasAttribute("data-warned")) {
      // It saves by itself, so closing it is not meant to lose anything.
      form.dataset.warned = "1";
      event.preventDefault();
      event.stopImmediatePropagation();
      tell(form, "Again");
      return;
    }
    if (!form.hasAttribute("data-autosave")) form.removeAttribute("data-changed");
    opened = form.dataset.opener || "";
  }, true);

  // Escape leaves a form at once only if there is nothing to lose.
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    var form = event.target.closest(WRITTEN) || root.querySelector("form[data-editing]");
    var leave = form && form.querySelector("[data-cancel]");
    if (!leave || leave === document.activeElement || !isUnsaved(form)) return;
    event.preventDefault();
    leave.focus();
  }, true);

  // A form that is a page of its own is sent once, however often its button is pressed.
  var AGAIN = 5000;
  var sent = new WeakMap();

  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (event.defaultPrevented || form.method !== "post" || form.hasAttribute("hx-post")) return;
    if (performance.now() - sent.get(form) < AGAIN) {
      event.preventDefault();
      return;
    }
    sent.set(form, performance.now());
    form.removeAttribute("data-changed");
  });
  window.addEventListener("pageshow", function () { sent = new WeakMap(); });

  // What went wrong

  var bar = document.createElement("p");
  bar.className = "trouble trouble-bar no-print";
  bar.setAttribute("role", "alert");
  bar.hidden = true;
  root.appendChild(bar);
  var about = null;

  function fill(place, told) {
    place.textContent = words["words" + told];
    if (place.dataset.kept) place.textContent += " " + words.wordsKept;
    if (!/LoggedOut$/.test(told)) return;
    var link = document.createElement("a");
    link.href = words.login;
    link.target = "_blank";
    link.textContent = words.wordsLogin;
    place.append(" ", link);
  }

  // In the form, where it is about one, else at the lower end of the window.
  function tell(element, told) {
    var form = element.closest(WRITTEN);
    if (!form) {
      about = element;
      bar.hidden = false;
      fill(bar, told);
      return;
    }
    var place = form.querySelector(".trouble");
    if (!place) {
      place = document.createElement("p");
      place.className = "trouble";
      place.setAttribute("role", "alert");
      place.dataset.kept = told === "First" || told === "Again" ? "" : "1";
      form.insertBefore(place, form.querySelector(".buttons"));
    }
    fill(place, told);
    // A button that was switched off meanwhile has lost the focus.
    if (document.activeElement === document.body) {
      form.querySelector("button[type=submit]").focus({ preventScroll: true });
    }
  }

  function allIsWell(element) {
    if (about === poll && element !== poll) return;
    bar.hidden = true;
    about = null;
  }

  if (!window.htmx) return;

  function isElsewhere(detail) {
    if (!detail.xhr.responseURL) return false;
    var wanted = new URL(detail.requestConfig.path, window.location.href);
    return new URL(detail.xhr.responseURL).pathname !== wanted.pathname;
  }

  function reasonOf(detail) {
    var status = detail.xhr.status;
    if (!status) return "Offline";
    if (status === 401 || isElsewhere(detail)) return "LoggedOut";
    if (status === 403) return "Refused";
    return status === 404 || status === 410 ? "Gone" : "Failed";
  }

  // The login page is no piece of this one. Before others make use of the answer.
  document.addEventListener("htmx:beforeSwap", function (event) {
    if (isElsewhere(event.detail)) event.detail.shouldSwap = false;
  }, true);

  var misses = 0;
  document.addEventListener("htmx:afterRequest", function (event) {
    var detail = event.detail;
    var went = detail.successful && !isElsewhere(detail);
    if (went) {
      if (detail.elt === poll) misses = 0;
      allIsWell(detail.elt);
      return;
    }
    if (!detail.xhr || detail.xhr.status === 304) return;
    var reason = reasonOf(detail);
    if (detail.elt === poll) {
      // Once is a hiccup.
      misses += 1;
      var stale = reason === "Refused" ? "Gone" : reason === "Failed" ? "Offline" : reason;
      if (misses > 1 && (bar.hidden || about === poll)) tell(poll, "Stale" + stale);
    } else if (detail.requestConfig.verb === "get") {
      // The page of its own says what is the matter.
      if (reason === "Offline" || reason === "Failed") tell(detail.elt, reason);
      else window.location.href = detail.elt.href;
    } else if (reason === "Refused") {
      sendAgain(detail);
    } else {
      tell(detail.elt, reason);
    }
  });

  // Whoever has logged in again, in another tab, has other tokens since.
  function sendAgain(detail) {
    var form = detail.elt.closest("form");
    if (!form || form.dataset.again) {
      if (form) delete form.dataset.again;
      tell(detail.elt, "Refused");
      return;
    }
    var cause = detail.requestConfig.triggeringEvent;
    var button = cause && cause.submitter && cause.submitter.isConnected ? cause.submitter : null;
    freshToken().then(function (token) {
      document.querySelectorAll("input[name=csrfmiddlewaretoken]").forEach(function (input) {
        input.value = token;
      });
      form.dataset.again = "1";
      if (detail.elt === form) form.requestSubmit(button);
      else detail.elt.click();
    }).catch(function (error) {
      tell(detail.elt, error.message === "LoggedOut" ? "LoggedOut" : "Refused");
    });
  }

  function freshToken() {
    return fetch(window.location.href.split("#")[0]).then(function (answer) {
      if (answer.redirected) throw new Error("LoggedOut");
      return answer.text();
    }).then(function (html) {
      var page = new DOMParser().parseFromString(html, "text/html");
      return page.querySelector("input[name=csrfmiddlewaretoken]").value;
    });
  }

  // One form at a time in one place: another one would replace what is written there.
  document.addEventListener("htmx:beforeRequest", function (event) {
    var detail = event.detail;
    if (detail.elt === poll || detail.requestConfig.verb !== "get") return;
    var form = detail.target && detail.target.querySelector(WRITTEN);
    if (!form || form.contains(detail.elt) || !isUnsaved(form)) return;
    event.preventDefault();
    tell(form, "First");
    var field = form.querySelector("textarea, select, input:not([type=hidden])");
    if (field) field.focus();
  });

  // A form stays while what is around it is replaced by the answer to another button.
  var stays = [];

  document.addEventListener("htmx:beforeSwap", function (event) {
    var detail = event.detail;
    if (!detail.shouldSwap || detail.requestConfig.elt === poll) return;
    detail.target.querySelectorAll("form[data-editing]").forEach(function (form) {
      var slot = form.parentElement;
      if (form.contains(detail.requestConfig.elt) || !slot.id || slot === detail.target) return;
      stays.push(slot);
      slot.remove();
    });
  });

  function putBack() {
    stays = stays.filter(function (slot) {
      var empty = document.getElementById(slot.id);
      if (empty) empty.replaceWith(slot);
      return !empty;
    });
  }

  // The focus goes back to what opened a form, once the form is gone.
  function giveBack() {
    var link = opened && document.getElementById(opened);
    if (!link) return;
    var active = document.activeElement;
    if (!active || active === document.body) link.focus({ preventScroll: true });
    opened = "";
  }

  document.addEventListener("htmx:beforeSend", function (event) {
    var form = event.detail.elt.closest("form[data-opener]");
    if (form) opened = form.dataset.opener;
  });
  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-cancel]")) setTimeout(giveBack);
  });
  ["htmx:afterSwap", "htmx:oobAfterSwap"].forEach(function (name) {
    document.addEventListener(name, function (event) {
      putBack();
      var config = event.detail.requestConfig;
      var form = root.querySelector("form[data-editing]:not([data-opener])");
      if (form && config && config.elt !== poll) {
        form.dataset.opener = config.verb === "get" ? config.elt.id : opened;
      }
      if (!root.querySelector('form[data-opener="' + CSS.escape(opened) + '"]')) giveBack();
    });
  });
})();
