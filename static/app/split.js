// Cutting a stack into papers by keyboard. The page holds the cuts as data; here they are moved, undone and sent.
"use strict";

(() => {
  const root = document.querySelector("[data-splitter]");
  if (!root) return;
  const strip = root.querySelector("[data-strip]");
  const pages = [...strip.children];
  const large = root.querySelector("[data-large]");
  const body = root.querySelector("[data-parts]");
  const row = root.querySelector("template[data-row]");
  const words = Object.fromEntries(
    [...root.querySelector("template[data-words]").content.querySelectorAll("[data-key]")].map((li) => [li.dataset.key, li.textContent]),
  );
  const empty = { doc_type: "", title: "", file: "", holder: "", village: root.dataset.village };
  const past = [];
  let here = 0;
  let changed = false;
  let state = { cuts: {}, maybe: {}, out: JSON.parse(root.dataset.leftOut), ticked: [] };
  for (const cut of JSON.parse(root.dataset.cuts)) {
    (cut.is_sure ? state.cuts : state.maybe)[cut.first] = { ...empty, ...cut };
  }

  const number = (index) => Number(pages[index].dataset.page);
  const indexOf = (no) => pages.findIndex((page) => Number(page.dataset.page) === no);
  const firsts = () => Object.keys(state.cuts).map(Number).sort((a, b) => a - b);
  const isOut = (no) => state.out.includes(no);

  function change(action) {
    const before = JSON.stringify(state);
    if (action() === false || JSON.stringify(state) === before) return;
    past.push(before);
    changed = true;
    draw();
  }

  function undo() {
    if (!past.length) return;
    state = JSON.parse(past.pop());
    draw();
  }

  function toggle(startsFile) {
    const no = number(here);
    if (isOut(no)) return false;
    const known = state.cuts[no];
    if (known && known.starts_file === startsFile) {
      if (no === keptPages()[0]) return false;
      state.maybe[no] = { ...known, is_sure: false };
      delete state.cuts[no];
      return true;
    }
    state.cuts[no] = { ...empty, ...(state.maybe[no] ?? {}), ...(known ?? {}), first: no, starts_file: startsFile, is_sure: true };
    delete state.maybe[no];
    return true;
  }

  function keptPages() {
    return pages.map((page) => Number(page.dataset.page)).filter((no) => !isOut(no));
  }

  function moveCut(step) {
    const no = number(here);
    const kept = keptPages();
    const target = kept[kept.indexOf(no) + step];
    if (!state.cuts[no] || no === kept[0] || target === undefined || target === kept[0] || state.cuts[target]) return false;
    state.cuts[target] = { ...state.cuts[no], first: target };
    delete state.cuts[no];
    here = indexOf(target);
    return true;
  }

  function leaveOut() {
    const no = number(here);
    if (!("mayGo" in pages[here].dataset)) return false;
    state.out = isOut(no) ? state.out.filter((each) => each !== no) : [...state.out, no].sort((a, b) => a - b);
    const kept = keptPages();
    if (isOut(no) && state.cuts[no]) {
      const next = kept.find((each) => each > no);
      if (next !== undefined && !state.cuts[next]) state.cuts[next] = { ...state.cuts[no], first: next };
      delete state.cuts[no];
    }
    return true;
  }

  function accept() {
    for (const [no, cut] of Object.entries(state.maybe)) {
      if (!isOut(Number(no))) state.cuts[no] = { ...cut, is_sure: true };
    }
    state.maybe = {};
  }

  function partOf(no) {
    return firsts().filter((first) => first <= no).pop();
  }

  function tick(first) {
    state.ticked = state.ticked.includes(first) ? state.ticked.filter((each) => each !== first) : [...state.ticked, first];
  }

  function applyToTicked() {
    const type = root.querySelector("[data-bulk-type]").value;
    const village = root.querySelector("[data-bulk-village]").value;
    for (const first of state.ticked.filter((each) => state.cuts[each])) {
      if (type) state.cuts[first].doc_type = type;
      if (village && state.cuts[first].starts_file) state.cuts[first].village = village;
    }
  }

  function ensureFirst() {
    const first = keptPages()[0];
    if (first === undefined) return;
    for (const no of firsts()) if (no < first || isOut(no)) delete state.cuts[no];
    state.cuts[first] = { ...empty, ...(state.maybe[first] ?? {}), ...(state.cuts[first] ?? {}), first, starts_file: true, is_sure: true };
    delete state.maybe[first];
  }

  function markOf(no, page) {
    if (isOut(no)) return "sheet" in page.dataset ? words.sheet : words.out;
    const cut = state.cuts[no];
    if (cut) return cut.starts_file ? words["new-file"] : words["new-item"];
    return state.maybe[no] ? `${words.maybe} ${state.maybe[no].doc_type}` : "";
  }

  function drawPages() {
    const ticked = new Set(state.ticked);
    for (const page of pages) {
      const no = Number(page.dataset.page);
      const cut = state.cuts[no];
      page.toggleAttribute("data-out", isOut(no));
      page.toggleAttribute("data-maybe", !cut && !isOut(no) && Boolean(state.maybe[no]));
      page.toggleAttribute("data-ticked", !isOut(no) && ticked.has(partOf(no)));
      if (cut) page.dataset.cut = cut.starts_file ? "file" : "item";
      else delete page.dataset.cut;
      page.querySelector("[data-mark]").textContent = markOf(no, page);
    }
  }

  // A list of choices holds the chosen one until it is entered: hundreds of rows with all villages each would be slow.
  function fill(select, value, isWhole) {
    const choices = [...root.querySelector(select.dataset.like).options].slice(1);
    const shown = choices.filter((choice) => isWhole || choice.value === value);
    select.replaceChildren(new Option(select.dataset.none, ""), ...shown.map((choice) => new Option(choice.text, choice.value)));
    select.value = value;
    select.dataset.whole = isWhole ? "1" : "";
  }

  function drawRows() {
    const list = firsts();
    const kept = keptPages();
    let files = 0;
    let items = 0;
    body.replaceChildren(
      ...list.map((first, index) => {
        const cut = state.cuts[first];
        if (cut.starts_file) {
          files += 1;
          items = 0;
        }
        items += 1;
        const line = row.content.firstElementChild.cloneNode(true);
        const span = kept.filter((no) => no >= first && no < (list[index + 1] ?? Infinity));
        line.dataset.first = first;
        line.classList.toggle("is-file", cut.starts_file);
        line.querySelector("[data-name]").textContent =
          (cut.starts_file ? `${words.file.replace("{n}", files)} ` : "") + words.item.replace("{n}", items);
        line.querySelector("[data-go]").textContent = span.length > 1 ? `${span[0]}–${span[span.length - 1]}` : `${span[0]}`;
        line.querySelector("[data-tick]").checked = state.ticked.includes(first);
        for (const input of line.querySelectorAll("[data-field]")) {
          if (input.dataset.like) fill(input, cut[input.dataset.field] ?? "", false);
          else input.value = cut[input.dataset.field] ?? "";
          input.hidden = "ofFile" in input.dataset && !cut.starts_file;
        }
        return line;
      }),
    );
    const sum = root.querySelector("[data-sum]");
    sum.textContent = sum.dataset.text.replace("{files}", files).replace("{parts}", list.length).replace("{out}", state.out.length);
  }

  function draw() {
    ensureFirst();
    drawPages();
    drawRows();
    show();
  }

  function show() {
    const part = partOf(number(here));
    pages.forEach((page, index) => {
      page.setAttribute("aria-selected", index === here ? "true" : "false");
      page.tabIndex = index === here ? 0 : -1;
    });
    for (const line of body.children) line.classList.toggle("is-here", Number(line.dataset.first) === part);
    large.src = pages[here].dataset.image;
  }

  function go(index, focus = true) {
    here = Math.max(0, Math.min(pages.length - 1, index));
    show();
    pages[here].scrollIntoView({ block: "nearest" });
    if (focus) pages[here].focus({ preventScroll: true });
  }

  function perLine() {
    const top = pages[0].offsetTop;
    const count = pages.findIndex((page) => page.offsetTop !== top);
    return count < 1 ? pages.length : count;
  }

  const keys = {
    ArrowLeft: () => go(here - 1),
    ArrowRight: () => go(here + 1),
    ArrowUp: () => go(here - perLine()),
    ArrowDown: () => go(here + perLine()),
    Home: () => go(0),
    End: () => go(pages.length - 1),
    " ": () => change(() => toggle(false)),
    Enter: () => change(() => toggle(true)),
    x: () => change(leaveOut),
    a: () => change(accept),
    m: () => change(() => tick(partOf(number(here)))),
    z: undo,
  };

  strip.addEventListener("keydown", (event) => {
    if (event.altKey || event.metaKey || (event.ctrlKey && event.key !== "z")) return;
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.shiftKey && step) change(() => moveCut(step));
    else {
      const action = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
      if (!action) return;
      action();
    }
    event.preventDefault();
    event.stopPropagation();
    pages[here].focus({ preventScroll: true });
  });
  strip.addEventListener("click", (event) => {
    const page = event.target.closest("[data-page]");
    if (page) go(pages.indexOf(page));
  });
  strip.addEventListener("dblclick", () => change(() => toggle(false)));

  body.addEventListener("change", (event) => {
    const line = event.target.closest("tr");
    const first = Number(line.dataset.first);
    const field = event.target.dataset.field;
    past.push(JSON.stringify(state));
    changed = true;
    if (field) state.cuts[first][field] = event.target.value;
    else tick(first);
    drawPages();
  });
  for (const kind of ["focusin", "pointerdown"]) {
    body.addEventListener(kind, ({ target }) => {
      if (target.dataset.like && !target.dataset.whole) fill(target, target.value, true);
    });
  }
  body.addEventListener("focusin", (event) => go(indexOf(Number(event.target.closest("tr").dataset.first)), false));
  body.addEventListener("click", (event) => {
    if (event.target.closest("[data-go]")) go(indexOf(Number(event.target.closest("tr").dataset.first)));
  });
  root.querySelector("[data-check-every]").addEventListener("change", (event) =>
    change(() => {
      state.ticked = event.target.checked ? firsts() : [];
    }),
  );
  root.addEventListener("click", (event) => {
    const action = event.target.closest("[data-do]")?.dataset.do;
    if (action === "undo") undo();
    if (action === "accept") change(accept);
    if (action === "bulk") change(applyToTicked);
  });

  const form = root.querySelector("[data-send]");
  form.addEventListener("submit", () => {
    const cuts = firsts().map((first) => ({ ...state.cuts[first], first }));
    form.querySelector("[data-decision]").value = JSON.stringify({ pages: pages.length, cuts, left_out: state.out });
    changed = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey && event.key === "Enter") {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  window.addEventListener("beforeunload", (event) => {
    if (changed) event.preventDefault();
  });

  function hold(values = {}) {
    const token = document.querySelector("meta[name=csrf-token]").content;
    const sent = new URLSearchParams({ csrf_token: token, ...values });
    return fetch(root.dataset.hold, { method: "POST", body: sent, keepalive: true, headers: { "X-CSRFToken": token } });
  }
  if (!root.dataset.heldBy) {
    hold().catch(() => undefined);
    window.setInterval(() => hold().catch(() => undefined), 30_000);
    window.addEventListener("pagehide", () => hold({ free: "1" }).catch(() => undefined));
  }

  draw();
  go(indexOf(keptPages()[0] ?? number(0)));
})();
