// Saves a section of a review while it is written. Without this script the button Save does.
//
// A form with data-autosave names the address. What is stored is sent with the marks of what it
// was when the form was shown, so that nothing of anybody else's is written over: the answer is a
// conflict then, nothing is stored, and it is for the writer to decide.
(function () {
  "use strict";

  var WAIT = 1500;
  var AGAIN = 10000;
  var states = new WeakMap();

  function formOf(element) {
    return element && element.closest ? element.closest("form[data-autosave]") : null;
  }

  function stateOf(form) {
    var state = states.get(form);
    if (!state) {
      state = { timer: 0, sending: null, stored: null, stopped: false };
      states.set(form, state);
    }
    return state;
  }

  function area(form) {
    return form.querySelector("textarea[name=text]");
  }

  function tell(form, words) {
    var place = form.querySelector("[data-autosaved]");
    if (place && place.textContent !== words) place.textContent = words;
  }

  // From now on only the button saves.
  function stop(form) {
    stateOf(form).stopped = true;
    form.dataset.stopped = "1";
  }

  function later(form, wait) {
    var state = stateOf(form);
    window.clearTimeout(state.timer);
    state.timer = window.setTimeout(function () {
      if (form.isConnected) save(form, false);
    }, wait);
  }

  function isDirty(form) {
    var state = stateOf(form);
    return !state.stopped && state.stored !== null && area(form).value !== state.stored;
  }

  function save(form, leaving) {
    var state = stateOf(form);
    window.clearTimeout(state.timer);
    if (!isDirty(form)) return Promise.resolve();
    // One at a time: the marks of the next one come with the answer.
    if (state.sending) return state.sending.then(function () { return save(form, leaving); });
    var text = area(form).value;
    var body = new FormData(form);
    body.delete("together");
    tell(form, form.dataset.wordsSaving);
    state.sending = fetch(form.dataset.autosave, {
      method: "POST",
      body: new URLSearchParams(body),
      headers: { Accept: "application/json" },
      // Browsers send no more than 64 kB for a page that is being left.
      keepalive: leaving && text.length < 20000,
    })
      .then(function (answer) {
        if (!answer.ok || answer.redirected) {
          if (answer.status < 500) stop(form);
          tell(form, state.stopped ? form.dataset.wordsRefused : form.dataset.wordsFailed);
          if (!state.stopped) later(form, AGAIN);
          return null;
        }
        return answer.json().then(function (told) {
          if (told.conflict) {
            stop(form);
            tell(form, form.dataset.wordsConflict);
            return;
          }
          state.stored = text;
          form.querySelector("input[name=shown]").value = told.shown;
          tell(form, isDirty(form) ? "" : form.dataset.wordsSaved);
          if (isDirty(form)) later(form, WAIT);
        });
      })
      .catch(function () {
        tell(form, form.dataset.wordsFailed);
        later(form, AGAIN);
      })
      .then(function () {
        state.sending = null;
      });
    return state.sending;
  }

  document.addEventListener("input", function (event) {
    var form = formOf(event.target);
    if (!form || event.target.name !== "text") return;
    var state = stateOf(form);
    // The first thing typed: what stood there before is what is stored.
    if (state.stored === null) state.stored = area(form).defaultValue;
    if (!state.stopped) {
      tell(form, "");
      later(form, WAIT);
    }
  });

  // Saving by the button: what is on its way comes first, or it would be a conflict with itself.
  document.addEventListener("htmx:confirm", function (event) {
    var form = formOf(event.detail.elt);
    var state = form && states.get(form);
    if (!state) return;
    window.clearTimeout(state.timer);
    if (!state.sending) return;
    event.preventDefault();
    state.sending.then(function () {
      event.detail.issueRequest();
    });
  });
  document.addEventListener("submit", function (event) {
    var state = states.get(event.target);
    if (state) window.clearTimeout(state.timer);
  });

  // Leaving the form keeps what was written.
  document.addEventListener(
    "click",
    function (event) {
      var link = event.target.closest("[data-cancel]");
      var form = link && formOf(link);
      if (!form || !isDirty(form)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      save(form, true).then(function () {
        if (stateOf(form).stopped || isDirty(form)) return;
        link.click();
      });
    },
    true
  );
  window.addEventListener("pagehide", function () {
    document.querySelectorAll("form[data-autosave]").forEach(function (form) {
      if (states.has(form)) save(form, true);
    });
  });
  window.addEventListener("beforeunload", function (event) {
    var unsaved = Array.prototype.some.call(
      document.querySelectorAll("form[data-autosave]"),
      function (form) {
        return states.has(form) && (isDirty(form) || stateOf(form).stopped);
      }
    );
    if (unsaved) event.preventDefault();
  });
})();
