// The scan beside the grid: the pages of the row's file, and what a machine read on them.

export class Scan {
  constructor(place, url) {
    this.place = place;
    this.url = url;
    this.file = Number(place.querySelector("[data-scan-file]")?.dataset.scanFile) || null;
    this.take();
  }

  take() {
    const given = this.place.querySelector("[data-scan-file]");
    this.readings = JSON.parse(given?.dataset.readings || '{"book": {}, "parcels": []}');
    this.viewer = this.place.querySelector("[data-viewer]");
  }

  /** Bring the pages of another file beside the grid. */
  async open(file) {
    if (!file || file === this.file) return;
    this.file = file;
    try {
      const answer = await fetch(this.url.replace("/0/", `/${file}/`), { credentials: "same-origin" });
      if (!answer.ok || this.file !== file) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (this.file !== file) return; // the person has gone on
      this.viewer?.dispatchEvent(new CustomEvent("viewer:close"));
      this.place.replaceChildren(...[...fresh.body.children].filter((part) => part.tagName !== "SCRIPT").map((part) => document.adoptNode(part)));
      this.take();
      this.viewer?.dispatchEvent(new CustomEvent("viewer:open", { bubbles: true }));
    } catch {
      this.file = null; // asked again with the next row
    }
  }

  /** What was read for a row: the book's columns, and those of its page, found by its 宗地号 or by its turn. */
  offers(row, turn) {
    const { book, parcels } = this.readings;
    if (row.file !== this.file) return {};
    const number = row.get("parcel_no").replace(/^0+/, "");
    const named = number ? parcels.filter((page) => (page.parcel_no?.value || "").replace(/^0+/, "") === number) : [];
    return { ...book, ...(named.length === 1 ? named[0] : parcels[turn] || {}) };
  }

  /** Show where a value stands; without one, the page of the row. */
  look(offer) {
    if (!this.viewer) return;
    const detail = offer ? { index: offer.index, box: offer.box } : { index: 0, box: null };
    this.viewer.dispatchEvent(new CustomEvent("viewer:look", { detail }));
  }

  turn(index) { this.viewer?.dispatchEvent(new CustomEvent("viewer:show", { detail: { index } })); }
}
