// A search box that suggests while somebody types: the combobox of the WAI-ARIA patterns. Without script it stays a plain box.
// Nothing is kept: what the server answers is listed, and forgotten when the list closes.
"use strict";

(() => {
  const WAIT_MS = 150;

  // What may become an identity number is not sent anywhere while it is typed (compare app.js).
  const beginning = /(?:^|[^0-9])[1-9][0-9]{5}(?:(?:18|19|20)[0-9]{2}(?:0[1-9]|1[0-2])|[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01]))/;
  const mayBecomePersonal = (text) => beginning.test(text.normalize("NFKC").replace(/[\s\u200b\ufeff\-–—·.,，、]/g, ""));

  const element = (tag, attributes, text = "") => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    if (text) made.textContent = text;
    return made;
  };

  const equip = (box) => {
    const id = `${box.id}-suggestions`;
    const list = element("div", { id, role: "listbox", class: "suggestions", "aria-label": box.dataset.suggestLabel, hidden: "" });
    const said = element("p", { class: "visually-hidden", role: "status" });
    let options = [];
    let active = -1;
    let timer = 0;
    let request = null;
    let typed = box.value;

    box.form.classList.add("suggesting");
    box.form.append(list, said);
    for (const [name, value] of Object.entries({ role: "combobox", "aria-expanded": "false", "aria-controls": id, "aria-autocomplete": "list" })) {
      box.setAttribute(name, value);
    }

    const choose = (place) => {
      options[active]?.setAttribute("aria-selected", "false");
      active = place;
      const option = options[active];
      if (!option) return box.removeAttribute("aria-activedescendant");
      option.setAttribute("aria-selected", "true");
      option.scrollIntoView({ block: "nearest" });
      box.setAttribute("aria-activedescendant", option.id);
    };

    const close = () => {
      clearTimeout(timer);
      request?.abort();
      choose(-1);
      options = [];
      list.replaceChildren();
      list.hidden = true;
      said.textContent = "";
      box.setAttribute("aria-expanded", "false");
    };

    const take = (option) => {
      box.value = option.textContent;
      close();
      box.form.requestSubmit();
    };

    const show = (groups) => {
      close();
      for (const [number, { label, texts }] of groups.entries()) {
        const heading = element("div", { id: `${id}-${number}`, class: "suggestions-group", role: "presentation" }, label);
        const group = element("div", { role: "group", "aria-labelledby": heading.id });
        group.append(heading);
        for (const text of texts) {
          const option = element("div", { id: `${id}-option-${options.length}`, role: "option", "aria-selected": "false" }, text);
          options.push(option);
          group.append(option);
        }
        list.append(group);
      }
      if (!options.length) return;
      list.style.left = `${box.offsetLeft}px`;
      list.style.width = `${box.offsetWidth}px`;
      list.style.top = `${box.offsetTop + box.offsetHeight + 2}px`;
      list.hidden = false;
      box.setAttribute("aria-expanded", "true");
      said.textContent = box.dataset.suggestCount.replace("{n}", String(options.length));
    };

    const ask = async () => {
      const text = box.value.trim();
      if (text === typed) return;
      typed = text;
      if (!text || mayBecomePersonal(text)) return close();
      request?.abort();
      const mine = (request = new AbortController());
      try {
        const answer = await fetch(`${box.dataset.suggest}?q=${encodeURIComponent(text)}`, { signal: mine.signal, cache: "no-store" });
        const groups = answer.ok ? (await answer.json()).groups : [];
        if (request === mine && !mine.signal.aborted && document.activeElement === box) show(groups);
      } catch {
        if (request === mine) close(); // out of reach, or overtaken by the next letter: the box works without
      }
    };

    const later = () => {
      clearTimeout(timer);
      timer = setTimeout(ask, WAIT_MS);
    };

    box.addEventListener("input", (event) => event.isComposing || later());
    box.addEventListener("compositionend", later);
    box.addEventListener("blur", close);
    box.form.addEventListener("submit", close);
    list.addEventListener("mousedown", (event) => event.preventDefault()); // the box keeps the focus
    list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) take(option);
    });

    box.addEventListener("keydown", (event) => {
      if (event.isComposing || list.hidden) return;
      const last = options.length - 1;
      if (event.key === "ArrowDown") choose(active >= last ? 0 : active + 1);
      else if (event.key === "ArrowUp") choose(active <= 0 ? last : active - 1);
      else if (event.key === "Escape") close();
      else if (event.key === "Enter" && options[active]) take(options[active]);
      else return;
      event.preventDefault();
    });
  };

  document.querySelectorAll("[data-suggest]").forEach(equip);
})();
