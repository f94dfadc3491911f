// A form keyed without the mouse: Enter goes to the next field, Shift+Enter back, Ctrl+Enter sends it.
"use strict";

(() => {
  for (const form of document.querySelectorAll("form[data-enter-next]")) {
    const fields = [...form.querySelectorAll("input:not([type=hidden]), select, textarea")];
    form.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing || !fields.includes(event.target)) return;
      event.preventDefault();
      if (event.ctrlKey) {
        form.requestSubmit();
        return;
      }
      const next = fields[fields.indexOf(event.target) + (event.shiftKey ? -1 : 1)];
      if (next) {
        next.focus();
        next.select?.();
      } else if (!event.shiftKey) {
        form.querySelector("button[type=submit]").focus();
      }
    });
    fields[0]?.focus();
  }
})();
