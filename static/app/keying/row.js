// One line of the grid: what stands in its cells, what of it the register has, and how that is shown.

const element = (tag, className, text) => {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
};

/** States of a row; their words stand in the table's data attributes, in the reader's language. */
export const STATES = { saved: "saved", changed: "changed", saving: "saving", draft: "draft", conflict: "conflict", failed: "failed", locked: "locked", fresh: "fresh" };

export class Row {
  constructor(line, columns, words) {
    this.line = line;
    this.columns = columns;
    this.words = words;
    this.cells = new Map([...line.querySelectorAll("[data-key]")].map((cell) => [cell.dataset.key, cell]));
    this.values = new Map([...this.cells].map(([key, cell]) => [key, cell.textContent]));
    this.stored = new Map(line.dataset.parcel ? this.values : []);
    this.sources = new Map();
    this.marks = JSON.parse(line.dataset.marks || "[]");
    this.isOpen = false;
    this.touched = 0;
    this.hasDraft = false;
    this.readDraft();
    this.show(line.dataset.state || STATES.fresh);
    this.drawMarks();
  }

  get slot() { return this.line.dataset.slot; }

  get parcel() { return Number(this.line.dataset.parcel) || null; }

  get file() { return Number(this.line.dataset.file) || null; }

  get isLocked() { return this.state === STATES.locked; }

  get isDirty() { return this.changed().length > 0; }

  /** A draft that the server kept lies over what the register has. */
  readDraft() {
    const draft = JSON.parse(this.line.dataset.draft || "null");
    if (!draft) return;
    this.touched = 1;
    this.hasDraft = true;
    for (const [key, text] of Object.entries(draft.cells)) this.set(key, text);
    for (const [key, source] of Object.entries(draft.sources)) this.sources.set(key, source);
  }

  /** Keys whose text is not the register's. */
  changed() {
    return [...this.values.keys()].filter((key) => (this.values.get(key) || "") !== (this.stored.get(key) || ""));
  }

  get(key) { return this.values.get(key) || ""; }

  set(key, text) {
    if (!this.cells.has(key)) return;
    this.values.set(key, text);
    const cell = this.cells.get(key);
    const input = cell.querySelector("input");
    if (!input) cell.textContent = text;
    else if (input.value !== text) input.value = text;
    cell.classList.toggle("is-changed", text !== (this.stored.get(key) || ""));
  }

  // Editing: only the row in use has inputs, so that five hundred rows stay light

  open() {
    if (this.isOpen || this.isLocked) return;
    this.isOpen = true;
    this.line.classList.add("is-open");
    for (const [key, cell] of this.cells) cell.replaceChildren(this.input(key, cell));
    this.describe();
  }

  input(key, cell) {
    const input = element("input", "keying-input");
    input.value = this.get(key);
    input.name = key;
    input.autocomplete = "off";
    input.spellcheck = false;
    input.maxLength = this.columns.get(key).longest;
    input.setAttribute("aria-label", this.columns.get(key).header);
    if (cell.classList.contains("num")) input.inputMode = "decimal";
    return input;
  }

  close() {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.line.classList.remove("is-open");
    for (const [key, cell] of this.cells) cell.replaceChildren(this.get(key));
  }

  focus(key) {
    const input = this.cells.get(key)?.querySelector("input");
    if (!input) return false;
    input.focus();
    input.select();
    return true;
  }

  // What the server said

  show(state, message = "") {
    this.state = state;
    this.message = message;
    this.line.dataset.state = state;
    const cell = this.line.querySelector("[data-row-state]");
    const count = this.marks.filter((mark) => mark.severity !== "I").length;
    const text = this.words[state] || "";
    cell.replaceChildren(text, ...(count ? [element("span", "keying-count", String(count))] : []));
    cell.title = message;
  }

  /** Take what the register has of this row now; texts typed meanwhile stay. */
  take(answer, sent) {
    if (answer.parcel_id) this.line.dataset.parcel = answer.parcel_id;
    if (answer.file_id) this.line.dataset.file = answer.file_id;
    this.line.dataset.seen = answer.seen;
    for (const key of this.cells.keys()) {
      const text = answer.cells[key] || "";
      const isAsSent = this.get(key) === (sent.get(key) ?? this.get(key));
      this.stored.set(key, text);
      if (isAsSent) {
        this.set(key, text);
        this.sources.delete(key);
      }
    }
    for (const [key, cell] of this.cells) cell.classList.toggle("is-changed", this.get(key) !== (this.stored.get(key) || ""));
  }

  /** Show findings: under the row, and at their cells. */
  mark(marks) {
    this.marks = marks;
    this.drawMarks();
    this.describe();
    this.show(this.state, this.message);
  }

  drawMarks() {
    this.says?.remove();
    this.says = null;
    for (const cell of this.cells.values()) cell.classList.remove("has-E", "has-W", "has-I");
    const shown = this.message ? [{ field: "", severity: "E", text: this.message, remedy: "" }, ...this.marks] : this.marks;
    if (!shown.length) return;
    const list = element("ul", "keying-says-list");
    shown.forEach((mark, number) => list.append(this.sentence(mark, number)));
    const cell = element("td");
    cell.colSpan = this.line.cells.length;
    cell.append(list);
    this.says = element("tr", "keying-says");
    this.says.append(cell);
    this.line.after(this.says);
  }

  sentence(mark, number) {
    const line = element("li", `keying-say say-${mark.severity}`);
    line.id = `say-${this.slot}-${number}`;
    line.dataset.field = mark.field;
    line.append(element("span", "keying-severity", this.words[`say${mark.severity}`]), " ");
    const header = this.columns.get(mark.field)?.header;
    if (header) line.append(element("b", "", header), " ");
    line.append(mark.text);
    if (mark.remedy) line.append(" ", element("span", "keying-remedy", mark.remedy));
    if (mark.code) line.append(" ", element("span", "keying-code", mark.code));
    const worst = this.cells.get(mark.field);
    if (worst) worst.classList.add(`has-${mark.severity}`);
    return line;
  }

  describe() {
    if (!this.isOpen) return;
    for (const [key, cell] of this.cells) {
      const input = cell.querySelector("input");
      const ids = [...(this.says?.querySelectorAll("li") || [])].filter((line) => line.dataset.field === key).map((line) => line.id);
      if (ids.length) input.setAttribute("aria-describedby", ids.join(" "));
      else input.removeAttribute("aria-describedby");
      input.setAttribute("aria-invalid", String(cell.classList.contains("has-E")));
    }
  }
}
