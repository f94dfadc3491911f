// The box under the cell in use: what the village's rows have in this column, and what a machine read there with the picture
// of the place. Nothing is filled in by itself: a person takes it with a key.

const SHOWN = 8;

const element = (tag, className, text) => {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
};

const fold = (text) => text.normalize("NFKC").toLowerCase().replace(/\s+/g, "");

/** Compare a typed text with a read one as a person would: signs, width, blanks and a leading 至 do not count. */
export const sameText = (a, b) => {
  const bare = (text) => fold(text).replace(/[\p{P}\p{S}]+/gu, "").replace(/^至/, "").replace(/(?<=\d)(亩|株|年)$/, "");
  return bare(a) === bare(b);
};

/** Draw the place of a reading out of the page's image. */
const clipping = (offer) => {
  const canvas = element("canvas", "keying-clip");
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", offer.value);
  const image = new Image();
  image.addEventListener("load", () => {
    const [x0, y0, x1, y1] = offer.box.map((value, i) => (value / 10000) * (i % 2 ? image.naturalHeight : image.naturalWidth));
    const margin = Math.max(6, (y1 - y0) * 0.25);
    const [width, height] = [x1 - x0 + 2 * margin, y1 - y0 + 2 * margin];
    const scale = Math.min(1, 420 / width, 64 / height);
    canvas.width = Math.max(1, Math.round(width * scale));
    canvas.height = Math.max(1, Math.round(height * scale));
    canvas.getContext("2d").drawImage(image, x0 - margin, y0 - margin, width, height, 0, 0, canvas.width, canvas.height);
  });
  image.src = offer.image;
  return canvas;
};

export class Choices {
  constructor(box, words) {
    this.box = box;
    this.words = words;
    this.list = element("ul", "keying-options");
    this.list.id = "keying-options";
    this.list.setAttribute("role", "listbox");
    this.close();
  }

  get isOpen() { return this.options.length > 0; }

  get chosen() { return this.at < 0 ? null : this.options[this.at]; }

  /** Show what fits the cell; `all` lists the usual values of an untouched cell, too. */
  show(input, known, offer, all = false) {
    const typed = fold(input.value);
    this.options = this.fitting(known || [], typed, all);
    this.at = -1;
    this.input = input;
    this.offer = offer && !sameText(offer.value, input.value) ? offer : null;
    this.draw();
  }

  fitting(known, typed, all) {
    if (!typed) return all ? known.slice(0, SHOWN) : [];
    if (all && known.some((value) => fold(value) === typed)) return known.slice(0, SHOWN);
    const hits = known.filter((value) => fold(value).includes(typed) && fold(value) !== typed);
    return hits.sort((a, b) => fold(b).startsWith(typed) - fold(a).startsWith(typed)).slice(0, SHOWN);
  }

  draw() {
    const { input } = this;
    this.list.replaceChildren(...this.options.map((value, i) => this.option(value, i)));
    const parts = this.offer ? [this.reading(this.offer)] : [];
    if (this.options.length) parts.push(this.list);
    this.box.replaceChildren(...parts);
    this.box.hidden = parts.length === 0;
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-expanded", String(this.isOpen));
    if (this.isOpen) input.setAttribute("aria-controls", this.list.id);
    else input.removeAttribute("aria-controls");
    input.removeAttribute("aria-activedescendant");
    if (!this.box.hidden) this.place(input);
  }

  option(value, i) {
    const line = element("li", "keying-option", value);
    line.id = `keying-option-${i}`;
    line.dataset.value = value;
    line.setAttribute("role", "option");
    line.setAttribute("aria-selected", "false");
    return line;
  }

  reading(offer) {
    const line = element("div", "keying-offer");
    const said = element("span", "keying-offer-text");
    const text = this.input.value ? this.words.otherwise : this.words.offer;
    said.append(element("span", "keying-offer-word", text), " ", element("b", "", offer.value), " ");
    said.append(element("span", "keying-sure", this.words.sure.replace("{n}", String(offer.confidence))));
    const take = element("button", "btn btn-secondary btn-sm", this.words.take);
    take.type = "button";
    take.tabIndex = -1;
    take.dataset.takeOffer = "";
    line.append(clipping(offer), said, take);
    return line;
  }

  place(input) {
    const around = this.box.offsetParent.getBoundingClientRect();
    const cell = input.getBoundingClientRect();
    const left = Math.min(cell.left - around.left, around.width - this.box.offsetWidth - 8);
    const below = cell.bottom - around.top;
    const fits = cell.bottom + this.box.offsetHeight < window.innerHeight;
    this.box.style.setProperty("left", `${Math.max(0, left)}px`);
    this.box.style.setProperty("top", `${fits ? below : cell.top - around.top - this.box.offsetHeight}px`);
  }

  /** Go up or down the list; returns whether there was one. */
  move(step) {
    if (!this.isOpen) return false;
    this.at = Math.max(-1, Math.min(this.options.length - 1, this.at + step));
    [...this.list.children].forEach((line, i) => line.setAttribute("aria-selected", String(i === this.at)));
    if (this.at < 0) this.input.removeAttribute("aria-activedescendant");
    else this.input.setAttribute("aria-activedescendant", `keying-option-${this.at}`);
    this.list.children[this.at]?.scrollIntoView({ block: "nearest" });
    return true;
  }

  close() {
    this.options = [];
    this.offer = null;
    this.at = -1;
    this.box.hidden = true;
    this.box.replaceChildren();
    this.input?.setAttribute("aria-expanded", "false");
  }
}
