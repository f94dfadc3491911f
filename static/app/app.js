// Small behaviours of every page, all driven by data attributes (docs/ui.md, section 8). No dependency but htmx for the token header.
"use strict";

(() => {
  const root = document.documentElement;
  root.classList.add("has-js");

  const token = () => document.querySelector('meta[name="csrf-token"]')?.content ?? "";

  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = token();
  });

  // A fragment that renews itself waits while the page is hidden, a dialog is open or one of its buttons has the focus.
  document.addEventListener("htmx:beforeRequest", (event) => {
    const poll = event.target;
    if (!poll.classList.contains("poll")) return;
    const busy = poll.contains(document.activeElement) && document.activeElement.matches("a, button, input, select, textarea");
    if (document.hidden || busy || document.querySelector("dialog[open]")) event.preventDefault();
  });

  // Keys ---------------------------------------------------------------------------------------------------------------

  const isTyping = (element) => element.isContentEditable || /^(input|textarea|select)$/i.test(element.tagName);

  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || isTyping(event.target)) return;
    const box = document.querySelector("[data-search-box]");
    if (!box) return;
    event.preventDefault();
    box.focus();
    box.select();
  });

  // An identity number typed into the search box is not sent: an address stays in histories and logs. The server, told only that
  // something was withheld, leads to the form that takes such numbers in its body.

  const day = "(?:18|19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])";
  const fullNumber = new RegExp(`(?:^|[^0-9])[1-9][0-9]{5}${day}[0-9]{3}[0-9Xx](?![0-9])`);
  const oldNumber = /^[1-9][0-9]{7}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}$/;

  const isPersonal = (text) => {
    const plain = text.normalize("NFKC").replace(/[\s\u200b\ufeff\-–—·.,，、]/g, "");
    return fullNumber.test(plain) || oldNumber.test(plain);
  };

  document.addEventListener("submit", (event) => {
    const box = event.target.querySelector("[data-search-box]");
    if (!box || event.target.method !== "get" || !isPersonal(box.value)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    box.value = "";
    location.assign(`${event.target.action}?withheld=1`);
  }, true);

  // Clicks ---------------------------------------------------------------------------------------------------------------

  const openDialog = (id) => {
    const dialog = document.getElementById(id);
    if (!dialog || dialog.open) return;
    if (dialog.showModal) dialog.showModal();
    else dialog.setAttribute("open", "");
    const first = dialog.querySelector("input:not([type=hidden]), select, textarea");
    (first ?? dialog.querySelector("[data-close]"))?.focus();
  };

  const closeDialog = (dialog) => (dialog.close ? dialog.close() : dialog.removeAttribute("open"));

  // The clipboard API exists only on https and localhost; county servers are often plain http, hence the second way.
  const copyText = async (text) => {
    if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "visually-hidden";
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  };

  const copy = async (button) => {
    const source = button.dataset.copyFrom ? document.querySelector(button.dataset.copyFrom) : null;
    await copyText(source ? source.innerText : button.dataset.copy);
    const label = button.querySelector("[data-label]");
    if (!label || !button.dataset.done || label.dataset.before) return;
    label.dataset.before = label.textContent;
    label.textContent = button.dataset.done;
    setTimeout(() => {
      label.textContent = label.dataset.before;
      delete label.dataset.before;
    }, 1600);
  };

  document.addEventListener("click", (event) => {
    const target = event.target.closest("[data-dialog], [data-close], [data-copy], [data-copy-from], [data-print]");
    if (!target) return;
    if (target.dataset.dialog) openDialog(target.dataset.dialog);
    else if ("close" in target.dataset) closeDialog(target.closest("dialog"));
    else if ("print" in target.dataset) window.print();
    else copy(target);
  });

  // Typing: a word that is still being composed (pinyin) is not yet what the person means --------------------------------

  const timers = new WeakMap();
  const announce = (input) => {
    clearTimeout(timers.get(input));
    timers.set(input, setTimeout(() => input.dispatchEvent(new CustomEvent("live", { bubbles: true })), 300));
  };
  document.addEventListener("input", (event) => {
    const input = event.target.closest?.("[data-live]");
    if (input && !event.isComposing) announce(input);
  });
  document.addEventListener("compositionend", (event) => {
    const input = event.target.closest?.("[data-live]");
    if (input) announce(input);
  });

  // Forms: unsaved changes, double sending, bulk bar -----------------------------------------------------------------------

  const dirty = new Set();
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (form && "guard" in form.dataset) dirty.add(form);
  });
  window.addEventListener("beforeunload", (event) => {
    if (![...dirty].some((form) => form.isConnected)) return;
    event.preventDefault();
    event.returnValue = "";
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented) return;
    dirty.delete(form);
    if (form.method !== "post") return;
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "yes";
    form.setAttribute("aria-busy", "true");
    setTimeout(() => delete form.dataset.sent, 5000); // a download answer leaves the page standing
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) {
      delete form.dataset.sent;
      form.removeAttribute("aria-busy");
    }
  });

  const refreshBulk = (form) => {
    const ticks = [...form.querySelectorAll("td.tick input[type=checkbox]")];
    const chosen = ticks.filter((tick) => tick.checked).length;
    const words = form.querySelector("[data-bulk-count]");
    if (words) {
      if (!words.dataset.before) words.dataset.before = words.textContent;
      words.textContent = chosen ? words.dataset.text.replace("{n}", String(chosen)) : words.dataset.before;
    }
    for (const button of form.querySelectorAll(".bulk-bar button, .bulk-bar input[type=submit]")) button.disabled = !chosen;
    const all = form.querySelector("[data-check-all]");
    if (!all) return;
    all.checked = chosen > 0 && chosen === ticks.length;
    all.indeterminate = chosen > 0 && chosen < ticks.length;
  };

  document.addEventListener("change", (event) => {
    const { target } = event;
    if (target.dataset.checkAll !== undefined) {
      const scope = target.closest("form, table");
      for (const tick of scope.querySelectorAll("td.tick input[type=checkbox]")) tick.checked = target.checked;
    }
    const bulk = target.closest("[data-bulk]");
    if (bulk) refreshBulk(bulk);
    if ("auto" in target.dataset && target.form) target.form.requestSubmit ? target.form.requestSubmit() : target.form.submit();
  });

  // At the start --------------------------------------------------------------------------------------------------------------

  /** Put the cursor into the first wrong field; keep the list of faults in sight too when both fit into the window. */
  const showFaults = (wrong, summary) => {
    wrong.focus({ preventScroll: true });
    const both = summary && wrong.getBoundingClientRect().bottom - summary.getBoundingClientRect().top < window.innerHeight - 40;
    (both ? summary : wrong).scrollIntoView({ block: both ? "start" : "center" });
  };

  const start = () => {
    document.querySelectorAll("[data-bulk]").forEach(refreshBulk);
    const wrong = document.querySelector(".is-invalid");
    const summary = document.querySelector("[data-error-summary]");
    if (wrong) showFaults(wrong, summary);
    else (summary || document.querySelector("[data-autofocus]"))?.focus();
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
