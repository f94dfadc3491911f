// What was keyed, so that it can be taken back and done again. A step back is keyed anew: the register gets a new version of
// the row, nothing is removed. Kept for this tab, so that it outlives a reload; numbers of identity papers are not kept.

const LONGEST = 200;
const NEVER = new Set(["id_no"]);

export class History {
  constructor(name) {
    this.name = `keying.${name}`;
    const { done = [], undone = [] } = this.read();
    this.done = done;
    this.undone = undone;
  }

  /** Note one changed cell; what had been taken back can no longer be done again. */
  note(step) {
    if (NEVER.has(step.key)) return;
    this.done = [...this.done, step].slice(-LONGEST);
    this.undone = [];
    this.write();
  }

  back() { return this.move(this.done, this.undone); }

  again() { return this.move(this.undone, this.done); }

  move(from, to) {
    const step = from.pop();
    if (step) to.push(step);
    this.write();
    return step;
  }

  /** A new row got its place in the register: its steps go with it. */
  rename(slot, name) {
    for (const step of [...this.done, ...this.undone]) if (step.slot === slot) step.slot = name;
    this.write();
  }

  read() {
    try { return JSON.parse(sessionStorage.getItem(this.name)) || {}; } catch { return {}; }
  }

  write() {
    try { sessionStorage.setItem(this.name, JSON.stringify({ done: this.done, undone: this.undone })); } catch { /* no room: only a reload forgets */ }
  }
}

/** Rows that were not saved when a page went away, for the next page of this tab. */
export class Pack {
  constructor(name) { this.name = `keying.unsent.${name}`; }

  put(rows) {
    const bare = (pairs) => Object.fromEntries([...pairs].filter(([key]) => !NEVER.has(key)));
    const kept = rows.map((row) => ({
      slot: row.slot, parcel: row.parcel, file: row.file, sources: bare(row.sources),
      cells: bare(row.changed().map((key) => [key, row.get(key)])),
    }));
    try {
      if (kept.length) sessionStorage.setItem(this.name, JSON.stringify(kept));
      else sessionStorage.removeItem(this.name);
    } catch { /* no room: the server has what arrived */ }
  }

  /** Take what is kept, once. */
  take() {
    try {
      const kept = JSON.parse(sessionStorage.getItem(this.name)) || [];
      sessionStorage.removeItem(this.name);
      return kept;
    } catch { return []; }
  }
}
