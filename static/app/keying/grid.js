// The keying grid of one village: keys, the row in use, saving, taking back. Everything works without the mouse; the server
// decides what can be stored and says why not.

import { Choices, sameText } from "./choices.js";
import { History, Pack } from "./history.js";
import { Row, STATES } from "./row.js";
import { Scan } from "./scan.js";

const PAUSE = 2500;
const RETRY = 5000;
const ROOM_BELOW = 100;

const token = () => document.querySelector('meta[name="csrf-token"]')?.content ?? "";

export class Grid {
  constructor(root) {
    this.root = root;
    this.table = root.querySelector("table");
    this.body = this.table.tBodies[0];
    this.words = { ...this.table.dataset };
    this.columns = new Map([...this.table.querySelectorAll("th[data-column]")].map((head) => [head.dataset.column, {
      header: head.dataset.header, longest: Number(head.dataset.longest), isBook: "book" in head.dataset, order: head.cellIndex,
    }]));
    this.keys = [...this.columns.keys()];
    this.carried = JSON.parse(this.table.dataset.carried);
    this.rows = [...this.body.querySelectorAll("tr[data-slot]")].map((line) => this.adopt(line));
    this.choices = new Choices(root.querySelector("[data-choices]"), this.words);
    this.scan = new Scan(root.querySelector("[data-scan]"), root.dataset.scanUrl);
    this.history = new History(root.dataset.village);
    this.pack = new Pack(root.dataset.village);
    this.known = {};
    this.announcer = root.querySelector("[data-announce]");
    this.listen();
    this.learn();
    this.begin();
  }

  adopt(line) {
    const row = new Row(line, this.columns, this.words);
    line.keyingRow = row;
    return row;
  }

  begin() {
    this.unpack();
    const draft = this.rows.findLast((row) => row.isDirty && row.touched);
    const wanted = this.rows.find((row) => row.parcel === Number(this.root.dataset.parcel)) || draft;
    if (wanted) this.enter(wanted, this.firstKey(wanted));
    else if (this.root.dataset.last === "yes") this.newHousehold();
    else if (this.rows.length) this.enter(this.rows[0], this.firstKey(this.rows[0]));
  }

  /** What the last page sent off in its last moment may not have arrived before this page was made: lay it over again. */
  unpack() {
    for (const kept of this.pack.take()) {
      const row = this.rows.find((each) => each.slot === kept.slot) || (kept.parcel ? null : this.addRow({}, kept.file, kept.slot));
      if (!row || row.isLocked) continue;
      for (const [key, text] of Object.entries(kept.cells)) row.set(key, text);
      for (const [key, source] of Object.entries(kept.sources)) row.sources.set(key, source);
      if (row.isDirty) this.touch(row);
    }
  }

  async learn() {
    const answer = await fetch(this.root.dataset.suggestUrl, { credentials: "same-origin" }).catch(() => null);
    if (answer?.ok) this.known = await answer.json();
  }

  // Keys -------------------------------------------------------------------------------------------------------------------

  listen() {
    this.body.addEventListener("keydown", (event) => this.press(event));
    this.body.addEventListener("input", (event) => this.typed(event.target));
    this.body.addEventListener("focusin", (event) => this.arrive(event.target));
    this.body.addEventListener("click", (event) => this.clicked(event));
    this.choices.box.addEventListener("mousedown", (event) => this.picked(event));
    this.root.addEventListener("click", (event) => this.button(event.target.closest("[data-keying-do]")));
    document.addEventListener("keydown", (event) => this.pressAnywhere(event));
    document.addEventListener("visibilitychange", () => { if (document.hidden) this.keep(); });
    window.addEventListener("pagehide", () => {
      this.keep();
      this.pack.put(this.rows.filter((row) => row.isDirty && row.touched && !row.isLocked && row.state !== STATES.conflict));
    });
    window.addEventListener("beforeunload", (event) => { if (this.rows.some((row) => row.state === STATES.failed && row.isDirty)) event.preventDefault(); });
  }

  press(event) {
    if (event.isComposing || event.target.tagName !== "INPUT") return;
    const action = this.action(event);
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  }

  /** What a key means in a cell; nothing: the browser's own meaning stays. */
  action(event) {
    const name = `${event.ctrlKey || event.metaKey ? "Ctrl+" : ""}${event.altKey ? "Alt+" : ""}${event.shiftKey ? "Shift+" : ""}${event.key.length === 1 ? event.key.toLowerCase() : event.key}`;
    const { input } = this;
    const atStart = input.selectionStart === 0;
    const atEnd = input.selectionEnd === input.value.length;
    const isWhole = atStart && atEnd;
    const named = {
      Enter: () => this.step(1), "Shift+Enter": () => this.step(-1), Tab: () => this.step(1), "Shift+Tab": () => this.step(-1),
      ArrowDown: () => this.choices.move(1) || this.stepRow(1), ArrowUp: () => this.choices.move(-1) || this.stepRow(-1),
      "Alt+ArrowDown": () => this.offer(true), PageDown: () => this.stepRow(8), PageUp: () => this.stepRow(-8),
      "Ctrl+Home": () => this.goTo(this.row, this.keys[0]), "Ctrl+End": () => this.goTo(this.row, this.keys.at(-1)),
      Escape: () => this.restore(), F4: () => this.copyAbove(), "Ctrl+d": () => this.copyAbove(), "Ctrl+Shift+d": () => this.copyRow(),
      F2: () => this.accept(), "Alt+Enter": () => this.accept(), "Ctrl+s": () => this.saveNow(),
      "Ctrl+Delete": () => this.askDiscard(), "Ctrl+Enter": () => this.newParcel(), "Ctrl+Shift+Enter": () => this.newHousehold(),
    };
    if (named[name]) return named[name];
    if (name === "ArrowRight" && atEnd && (isWhole || !event.shiftKey)) return () => this.step(1, true);
    if (name === "ArrowLeft" && atStart && (isWhole || !event.shiftKey)) return () => this.step(-1, true);
    const isTyping = input.value !== this.before;
    if (name === "Ctrl+z" && !isTyping) return () => this.undo();
    if ((name === "Ctrl+y" || name === "Ctrl+Shift+z") && !isTyping) return () => this.redo();
    return null;
  }

  pressAnywhere(event) {
    if (event.key === "F1") {
      event.preventDefault();
      this.help();
    } else if (event.key === "F6" && !event.ctrlKey) {
      event.preventDefault();
      this.changeSides();
    }
  }

  /** F6 goes from the grid to the scan and back, so that the keyboard is never caught in the table. */
  changeSides() {
    if (this.body.contains(document.activeElement)) this.root.querySelector("[data-stage]")?.focus();
    else if (this.row) this.row.focus(this.key);
  }

  help() {
    const dialog = document.getElementById("keying-help");
    if (!dialog.open) dialog.showModal();
    dialog.addEventListener("close", () => this.row?.focus(this.key), { once: true });
  }

  /** Give up what was typed in a row and is not in the register; the register's own row stays as it is. */
  askDiscard() {
    const { row } = this;
    if (!row.isDirty) return;
    const dialog = document.getElementById("keying-discard");
    dialog.returnValue = "";
    dialog.addEventListener("close", () => (dialog.returnValue === "yes" ? this.discard(row) : row.focus(this.key)), { once: true });
    dialog.showModal();
  }

  async discard(row) {
    clearTimeout(row.timer);
    const answer = await this.putAside(row);
    if (!answer?.ok) return this.say(this.words.offline);
    if (row.parcel) {
      for (const key of row.changed()) row.set(key, row.stored.get(key) || "");
      row.message = "";
      row.show(STATES.saved);
      row.mark([]);
      this.before = this.input.value;
      return row.focus(this.key);
    }
    this.remove(row);
    this.row = null;
    const next = this.rows.findLast((each) => !each.isLocked);
    return next ? this.enter(next, this.firstKey(next)) : this.newHousehold();
  }

  remove(row) {
    row.says?.remove();
    row.line.remove();
    this.rows.splice(this.rows.indexOf(row), 1);
  }

  button(target) {
    const actions = { parcel: () => this.newParcel(), household: () => this.newHousehold(), undo: () => this.undo(), redo: () => this.redo(), help: () => this.help(), sides: () => this.toggleSides() };
    if (target) actions[target.dataset.keyingDo]();
  }

  toggleSides() {
    const beside = this.root.classList.toggle("is-beside");
    try { localStorage.setItem("keying.beside", beside ? "yes" : ""); } catch { /* private window */ }
    window.dispatchEvent(new Event("resize"));
  }

  clicked(event) {
    const cell = event.target.closest("td[data-key]");
    const line = event.target.closest("tr[data-slot]");
    if (line?.keyingRow && cell && event.target.tagName !== "INPUT") this.goTo(line.keyingRow, cell.dataset.key);
  }

  picked(event) {
    event.preventDefault(); // the cell keeps the focus
    const option = event.target.closest("[data-value]");
    if (option) this.put(option.dataset.value, "keyed");
    else if (event.target.closest("[data-take-offer]")) this.accept();
  }

  // Going about --------------------------------------------------------------------------------------------------------------

  get input() { return this.row?.cells.get(this.key)?.querySelector("input"); }

  /** Cells that Enter and Tab stop at: the book's only on the first row of a certificate. */
  flow(row) {
    const skip = this.isSameBook(row);
    return this.keys.filter((key) => !(skip && (this.columns.get(key).isBook || key === "archival_code")));
  }

  isSameBook(row) {
    const above = this.rows[this.rows.indexOf(row) - 1];
    return Boolean(above && row.get("cert_no") && above.get("cert_no") === row.get("cert_no"));
  }

  firstKey(row) {
    const flow = this.flow(row);
    return flow.find((key) => !row.get(key) && key !== "archival_code") || flow[0];
  }

  step(way, anywhere = false) {
    this.takeChosen();
    const flow = anywhere ? this.keys : this.flow(this.row);
    const at = flow.indexOf(this.key);
    const next = at < 0 ? flow[0] : flow[at + way];
    if (next) return this.goTo(this.row, next);
    const other = this.rows[this.rows.indexOf(this.row) + way];
    if (other && !other.isLocked) return this.goTo(other, way > 0 ? this.flow(other)[0] : this.flow(other).at(-1));
    if (way > 0) this.newParcel();
    return undefined;
  }

  stepRow(way) {
    const at = this.rows.indexOf(this.row);
    const open = this.rows.filter((row) => !row.isLocked);
    const wanted = Math.max(0, Math.min(this.rows.length - 1, at + way));
    const row = way > 0 ? open.find((each) => this.rows.indexOf(each) >= wanted && each !== this.row) : open.findLast((each) => this.rows.indexOf(each) <= wanted && each !== this.row);
    if (row) return this.goTo(row, this.key);
    const page = this.root.dataset[way > 0 ? "nextPage" : "previousPage"];
    if (page) this.leavePage(page);
    return undefined;
  }

  goTo(row, key) {
    if (row.isLocked) return;
    this.commit();
    if (row !== this.row) this.enter(row, key);
    else row.focus(key);
  }

  enter(row, key) {
    const last = this.row;
    if (last && last !== row) {
      this.commit();
      last.close();
      this.save(last, true);
    }
    this.row = row;
    this.key = key;
    row.open();
    this.root.classList.toggle("has-same-book", this.isSameBook(row));
    row.focus(key);
    if (row.file !== this.scan.file) this.scan.open(row.file).then(() => this.offer());
  }

  arrive(input) {
    if (input.tagName !== "INPUT") return;
    if (this.row && (input.name !== this.key || !this.row.line.contains(input))) this.commit();
    this.row = input.closest("tr").keyingRow;
    this.key = input.name;
    this.before = input.value;
    this.showCell(input);
    this.offer();
  }

  /** Bring the cell into sight, clear of the columns that stay at the left. */
  showCell(input) {
    const scroll = this.root.querySelector("[data-scroll]");
    const cell = input.parentElement;
    const left = cell.offsetLeft - this.table.querySelector("thead th.keying-fixed-end").getBoundingClientRect().right + this.table.getBoundingClientRect().left;
    if (!cell.classList.contains("keying-fixed") && cell.offsetLeft - scroll.scrollLeft < 300) scroll.scrollLeft = Math.max(0, Math.min(left, cell.offsetLeft - 300));
    else if (cell.offsetLeft + cell.offsetWidth > scroll.scrollLeft + scroll.clientWidth) scroll.scrollLeft = cell.offsetLeft + cell.offsetWidth - scroll.clientWidth + 24;
    const line = this.row.line;
    const head = this.table.tHead.offsetHeight;
    const foot = (this.row.says?.offsetHeight || 0) + line.offsetHeight + ROOM_BELOW;
    if (line.offsetTop - head < scroll.scrollTop) scroll.scrollTop = line.offsetTop - head;
    else if (line.offsetTop + foot > scroll.scrollTop + scroll.clientHeight) scroll.scrollTop = Math.min(line.offsetTop - head, line.offsetTop + foot - scroll.clientHeight);
  }

  // Changing cells --------------------------------------------------------------------------------------------------------------

  typed(input) {
    this.row.sources.set(this.key, "keyed");
    this.touch(this.row);
    this.row.set(this.key, input.value);
    this.choices.show(input, this.known[this.key], this.reading());
  }

  touch(row) {
    row.touched += 1;
    if (row.state !== STATES.conflict) row.show(STATES.changed);
    clearTimeout(row.timer);
    row.timer = setTimeout(() => this.save(row, false), PAUSE);
  }

  takeChosen() {
    if (this.choices.chosen !== null) this.put(this.choices.chosen, "keyed");
  }

  put(text, source) {
    const { row, key } = this;
    row.set(key, text);
    row.sources.set(key, source);
    this.touch(row);
    this.commit();
    this.choices.close();
    row.focus(key);
  }

  /** The cell is left as it is: note the step, so that it can be taken back. */
  commit() {
    const { row, key, input } = this;
    if (!row || !input || input.value === this.before) return;
    this.history.note({ slot: row.slot, key, before: this.before, after: input.value });
    this.before = input.value;
    if (key === "archival_code") this.chooseFile(row, input.value);
  }

  saveNow() {
    this.takeChosen();
    this.commit();
    this.save(this.row, true);
  }

  restore() {
    if (this.row.state === STATES.conflict) return this.takeTheirs(this.row);
    if (!this.choices.box.hidden && (this.choices.isOpen || this.choices.offer)) return this.choices.close();
    if (this.input.value !== this.before) {
      this.row.set(this.key, this.before);
      return this.input.select();
    }
    return undefined;
  }

  above() {
    const at = this.rows.indexOf(this.row);
    return this.rows.slice(0, at).findLast((row) => !row.isLocked);
  }

  copyAbove() {
    const above = this.above();
    if (above && above.get(this.key)) this.put(above.get(this.key), "keyed");
  }

  /** Fill the row's empty cells from the row above; numbers that cannot be alike stay empty. */
  copyRow() {
    const above = this.above();
    if (!above) return;
    for (const key of this.carried.row) {
      const text = above.get(key);
      if (text && !this.row.get(key)) this.change(this.row, key, text);
    }
    this.before = this.input.value;
    this.touch(this.row);
  }

  change(row, key, text) {
    this.history.note({ slot: row.slot, key, before: row.get(key), after: text });
    row.set(key, text);
    row.sources.set(key, "keyed");
  }

  undo() { this.replay(this.history.back(), "before"); }

  redo() { this.replay(this.history.again(), "after"); }

  replay(step, side) {
    if (!step) return this.say(this.words.nothingToUndo);
    const row = this.rows.find((each) => each.slot === step.slot);
    if (!row || row.isLocked) return this.say(this.words.notHere);
    if (row !== this.row) this.enter(row, step.key);
    row.set(step.key, step[side]);
    row.sources.set(step.key, "keyed");
    row.reason = this.words.undone;
    this.before = step[side];
    row.focus(step.key);
    this.touch(row);
    return this.say(this.words.undone);
  }

  // What a machine read ---------------------------------------------------------------------------------------------------------

  reading() { return this.scan.offers(this.row, this.turn(this.row))[this.key]; }

  /** The row's place among the rows of its certificate. */
  turn(row) {
    const same = this.rows.filter((each) => each.file && each.file === row.file);
    return same.indexOf(row);
  }

  offer(all = false) {
    const { input } = this;
    if (!input) return;
    const reading = this.reading();
    if (all || input.value === this.before) this.choices.show(input, all ? this.known[this.key] : [], reading, all);
    this.scan.look(reading);
    this.row.cells.get(this.key).classList.toggle("is-read", Boolean(reading && sameText(reading.value, input.value)));
    if (!reading) this.showPage();
  }

  /** Without a reading, at least the page that the row is on. */
  showPage() {
    const page = Object.values(this.scan.offers(this.row, this.turn(this.row))).at(-1);
    if (page && !this.columns.get(this.key).isBook) this.scan.turn(page.index);
  }

  accept() {
    const reading = this.reading();
    if (!reading) return this.say(this.words.noReading);
    this.put(reading.value, "ocr");
    return this.step(1);
  }

  // New rows ----------------------------------------------------------------------------------------------------------------------

  addRow(values, file, slot = "") {
    const line = this.root.querySelector("template").content.firstElementChild.cloneNode(true);
    line.dataset.slot = slot || `n${Date.now().toString(36)}${Math.floor(Math.random() * 1e6).toString(36)}`;
    if (file) line.dataset.file = file;
    line.querySelector("[data-row-number]").textContent = String(Number(this.root.dataset.total) + 1);
    this.root.dataset.total = String(Number(this.root.dataset.total) + 1);
    this.body.append(line);
    const row = this.adopt(line);
    for (const [key, text] of Object.entries(values)) row.set(key, text);
    this.rows.push(row);
    return row;
  }

  async newParcel() {
    if (this.root.dataset.last !== "yes") return this.leavePage(this.root.dataset.lastPage);
    this.takeChosen();
    this.commit();
    const from = this.row;
    if (!from || !from.get("archival_code")) return this.newHousehold();
    const values = Object.fromEntries(this.carried.parcel.map((key) => [key, from.get(key)]).filter(([, text]) => text));
    const row = this.addRow(values, from.file);
    row.sources = new Map(Object.keys(values).map((key) => [key, "keyed"]));
    const own = this.flow(row).find((key) => !this.carried.parcel.includes(key));
    return this.enter(row, own || this.firstKey(row));
  }

  async newHousehold() {
    if (this.root.dataset.last !== "yes") return this.leavePage(this.root.dataset.lastPage);
    this.commit();
    const from = this.row || this.rows.at(-1);
    const taken = this.rows.map((row) => row.file).filter(Boolean);
    const query = new URLSearchParams({ from: from?.parcel || "", taken: [...new Set(taken)].slice(-20).join(",") });
    const answer = await fetch(`${this.root.dataset.nextUrl}?${query}`, { credentials: "same-origin" }).catch(() => null);
    const next = answer?.ok ? await answer.json() : { cells: {} };
    if (!next.file_id) this.say(this.words.noHousehold);
    const row = this.addRow(next.cells, next.file_id);
    row.sources = new Map(Object.keys(next.cells).map((key) => [key, "keyed"]));
    return this.enter(row, next.file_id ? "cert_no" : "archival_code");
  }

  /** Another 档号 was chosen for a row: its scan is brought beside the grid. */
  async chooseFile(row, code) {
    const answer = await fetch(`${this.root.dataset.fileUrl}?${new URLSearchParams({ code })}`, { credentials: "same-origin" }).catch(() => null);
    if (!answer?.ok) return;
    const file = await answer.json();
    if (file.file_id) row.line.dataset.file = file.file_id;
    if (row === this.row) this.scan.open(row.file).then(() => this.offer());
  }

  // Saving --------------------------------------------------------------------------------------------------------------------------

  /** Save a row; one at a time for each row, so that it is never stored twice. */
  async save(row, leaving) {
    clearTimeout(row.timer);
    if (row.isLocked || !row.touched) return; // a row that only begins with what it shares is nobody's yet
    if (!row.isDirty) {
      this.settleDown(row);
      return;
    }
    if (row.state === STATES.conflict && !leaving) return;
    if (row.saving) {
      row.again = true;
      return;
    }
    row.saving = true;
    const sent = new Map(row.values);
    row.show(STATES.saving);
    const answer = await this.send(row, sent, leaving);
    row.saving = false;
    this.heard(row, sent, answer, leaving);
    if (row.again) {
      row.again = false;
      this.save(row, leaving);
    }
  }

  /** Everything was typed back: the row is the register's again, and a draft of it is not needed. */
  settleDown(row) {
    if (!row.parcel || row.state === STATES.saved) return;
    row.show(STATES.saved);
    if (row.hasDraft) this.putAside(row);
  }

  putAside(row) {
    row.hasDraft = false;
    const request = { ...this.request(row, false), body: JSON.stringify({ slot: row.slot }) };
    return fetch(this.root.dataset.discardUrl, request).catch(() => null);
  }

  body_of(row, leaving) {
    const keys = row.changed();
    return JSON.stringify({
      slot: row.slot, parcel_id: row.parcel, seen: Number(row.line.dataset.seen) || 0, leaving, reason: row.reason || "",
      cells: Object.fromEntries(keys.map((key) => [key, row.get(key)])),
      sources: Object.fromEntries(keys.map((key) => [key, row.sources.get(key) || "keyed"])),
    });
  }

  request(row, leaving) {
    const headers = { "Content-Type": "application/json", "X-CSRFToken": token(), Accept: "application/json" };
    return { method: "POST", headers, body: this.body_of(row, leaving), credentials: "same-origin" };
  }

  async send(row, _sent, leaving) {
    try {
      const answer = await fetch(this.root.dataset.saveUrl, this.request(row, leaving));
      if (!(answer.headers.get("Content-Type") || "").includes("json")) return { state: STATES.failed, message: answer.redirected || answer.status === 401 ? this.words.loggedOut : this.words.failedWhy };
      return await answer.json();
    } catch {
      return { state: STATES.failed, message: this.words.offline };
    }
  }

  heard(row, sent, answer, leaving) {
    const isShown = (mark) => leaving || mark.severity === "I" || row.get(mark.field) !== "";
    row.message = answer.message || "";
    if (answer.state === STATES.saved) {
      const old = row.slot;
      row.reason = "";
      row.hasDraft = false;
      row.take(answer, sent);
      const twin = this.rows.find((each) => each !== row && each.parcel === answer.parcel_id);
      if (twin) this.remove(twin); // the same row, brought along from the page before
      row.line.dataset.slot = `p${answer.parcel_id}`;
      this.history.rename(old, row.slot);
      row.show(row.isDirty ? STATES.changed : STATES.saved, row.message);
      if (row.isDirty) this.touch(row);
    } else if (answer.state === STATES.conflict) {
      row.theirs = answer;
      row.line.dataset.seen = answer.seen; // saving again is then knowingly over theirs
      row.show(STATES.conflict, row.message);
    } else {
      row.hasDraft = answer.state === STATES.draft || row.hasDraft;
      row.show(answer.state || STATES.failed, row.message);
      if (answer.state === STATES.failed) row.timer = setTimeout(() => this.save(row, leaving), RETRY);
    }
    row.mark((answer.marks || row.marks).filter(isShown));
    if (row.message) this.say(row.message);
    if (row === this.row && this.input === document.activeElement) this.showCell(this.input);
  }

  /** Somebody else changed the row: take what the register has now. */
  takeTheirs(row) {
    row.take(row.theirs, new Map(row.values));
    row.message = "";
    row.show(STATES.saved);
    row.mark(row.theirs.marks || []);
    this.before = this.input?.value;
  }

  /** The page goes away: what is not saved yet goes with the last breath. */
  keep() {
    this.commit();
    for (const row of this.rows) {
      if (!row.isDirty || !row.touched || row.saving || row.isLocked || row.state === STATES.conflict) continue;
      fetch(this.root.dataset.saveUrl, { ...this.request(row, false), keepalive: true }).then(async (answer) => {
        if (document.hidden && (answer.headers.get("Content-Type") || "").includes("json")) this.heard(row, new Map(row.values), await answer.json(), false);
      }).catch(() => {});
    }
  }

  async leavePage(url) {
    if (this.row) {
      this.commit();
      await this.save(this.row, true);
    }
    if (url) window.location.assign(url);
  }

  say(text) { this.announcer.textContent = text || ""; }
}
