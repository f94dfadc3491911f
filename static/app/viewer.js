// The scan viewer: OpenSeadragon over plain page images, with the recognised words as boxes and as text beside the image.
//
// The server renders a page image, links to the other pages and the text (macros/viewer.html); this script takes over in
// place. Word boxes come from `data-words` in 0..10000 of the image's width and height. Marks (the words searched for)
// are compared without spaces, punctuation, width and case, and may run across boxes and line ends.
"use strict";

(() => {
  const SCALE = 10000;
  const LOW_CONFIDENCE = 0.6;
  const IGNORED = /[\s\p{P}\p{S}]/u;

  // Words and marks (pure) ------------------------------------------------------------------------------------------------

  const readWord = (word) => {
    const [x0, y0, x1, y1, text, conf] = Array.isArray(word) ? word : [word.x0, word.y0, word.x1, word.y1, word.text, word.conf];
    const share = typeof conf !== "number" ? null : conf > 1 ? conf / 100 : conf;
    return { x0, y0, x1, y1, text: String(text), conf: share, letters: [...String(text)] };
  };

  const fold = (letter) => [...letter.normalize("NFKC").toLowerCase()].filter((part) => !IGNORED.test(part)).join("");

  /** The words as one folded string, and for each of its units the word and letter that it comes from. */
  const foldWords = (words) => {
    const places = [];
    let text = "";
    words.forEach((word, w) => word.letters.forEach((letter, l) => {
      for (const unit of fold(letter)) {
        text += unit;
        for (let i = 0; i < unit.length; i += 1) places.push([w, l]);
      }
    }));
    return { text, places };
  };

  /** All places of one mark: a list of hits, each a list of [word, first letter, last letter]. */
  const findMark = (folded, mark) => {
    const wanted = [...mark].map(fold).join("");
    const hits = [];
    if (!wanted) return hits;
    for (let at = folded.text.indexOf(wanted); at >= 0; at = folded.text.indexOf(wanted, at + wanted.length)) {
      const parts = [];
      for (const [w, l] of folded.places.slice(at, at + wanted.length)) {
        const last = parts[parts.length - 1];
        if (last && last[0] === w) last[2] = l;
        else parts.push([w, l, l]);
      }
      hits.push(parts);
    }
    return hits;
  };

  const findMarks = (words, marks) => {
    const folded = foldWords(words);
    const byPlace = (a, b) => a[0][0] - b[0][0] || a[0][1] - b[0][1];
    return marks.flatMap((mark) => findMark(folded, mark)).sort(byPlace);
  };

  const letterWidth = (letter) => (letter.codePointAt(0) > 0x2e7f ? 2 : 1);

  /** The part of a word's box that holds the letters first..last, along its longer side. */
  const slice = (word, first, last) => {
    const widths = word.letters.map(letterWidth);
    const sum = (list) => list.reduce((total, width) => total + width, 0);
    const whole = sum(widths) || 1;
    const from = sum(widths.slice(0, first)) / whole;
    const to = sum(widths.slice(0, last + 1)) / whole;
    const { x0, y0, x1, y1 } = word;
    const upright = word.letters.length > 1 && y1 - y0 > 1.5 * (x1 - x0);
    if (upright) return { x0, x1, y0: y0 + (y1 - y0) * from, y1: y0 + (y1 - y0) * to };
    return { y0, y1, x0: x0 + (x1 - x0) * from, x1: x0 + (x1 - x0) * to };
  };

  /** Words in reading order, gathered into lines: a new line begins where a word does not overlap the last one in height. */
  const gatherLines = (words) => {
    const lines = [];
    words.forEach((word, w) => {
      const line = lines[lines.length - 1];
      const overlap = line ? Math.min(line.y1, word.y1) - Math.max(line.y0, word.y0) : -1;
      const height = line ? Math.min(line.y1 - line.y0, word.y1 - word.y0) : 1;
      if (line && overlap > height / 2 && word.x0 >= line.x0) {
        line.words.push(w);
        Object.assign(line, { x1: Math.max(line.x1, word.x1), y0: Math.min(line.y0, word.y0), y1: Math.max(line.y1, word.y1) });
      } else {
        lines.push({ words: [w], x0: word.x0, y0: word.y0, x1: word.x1, y1: word.y1 });
      }
    });
    return lines;
  };

  const letterSize = (word) => (word.x1 - word.x0) / word.letters.reduce((total, letter) => total + letterWidth(letter), 0);

  /** Say whether a blank belongs between two words of a line: at a wide gap; between Latin letters or digits at any visible one. */
  const needsSpace = (before, after) => {
    if (!before) return false;
    const gap = (after.x0 - before.x1) / letterSize(before);
    const latin = /[\w.,)]$/.test(before.text) && /^[\w(]/.test(after.text);
    return gap > (latin ? 0.5 : 3);
  };

  /** Boxes of one hit, those that stand side by side on a line joined into one. */
  const joinBoxes = (boxes) => boxes.reduce((joined, box) => {
    const last = joined[joined.length - 1];
    const overlap = last ? Math.min(last.y1, box.y1) - Math.max(last.y0, box.y0) : -1;
    const near = last && overlap > 0.5 * (box.y1 - box.y0) && Math.abs(box.x0 - last.x1) < box.y1 - box.y0;
    if (!near) return [...joined, { ...box }];
    Object.assign(last, { x1: Math.max(last.x1, box.x1), y0: Math.min(last.y0, box.y0), y1: Math.max(last.y1, box.y1) });
    return joined;
  }, []);

  // The text panel -------------------------------------------------------------------------------------------------------------

  const element = (tag, className, text) => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  };

  /** One word as nodes: plain text, with <mark> around the letters that were hit. */
  const wordNodes = (word, spans) => {
    const holder = word.conf !== null && word.conf < LOW_CONFIDENCE ? element("span", "low") : document.createDocumentFragment();
    let at = 0;
    for (const [first, last] of spans) {
      if (first < at) continue;
      if (first > at) holder.append(word.letters.slice(at, first).join(""));
      holder.append(element("mark", "", word.letters.slice(first, last + 1).join("")));
      at = last + 1;
    }
    holder.append(word.letters.slice(at).join(""));
    return holder;
  };

  const lineElement = (line, words, spansOf) => {
    const made = element("span", "line");
    let before = null;
    for (const w of line.words) {
      if (needsSpace(before, words[w])) made.append(" ");
      made.append(wordNodes(words[w], spansOf.get(w) || []));
      before = words[w];
    }
    return made;
  };

  const spansByWord = (hits) => {
    const spans = new Map();
    for (const [w, first, last] of hits.flat()) spans.set(w, [...(spans.get(w) || []), [first, last]]);
    for (const list of spans.values()) list.sort((a, b) => a[0] - b[0]);
    return spans;
  };

  // One viewer --------------------------------------------------------------------------------------------------------------------

  const remember = {
    get: (key, otherwise) => {
      try { return localStorage.getItem(`viewer.${key}`) || otherwise; } catch { return otherwise; }
    },
    set: (key, value) => {
      try { localStorage.setItem(`viewer.${key}`, value); } catch { /* private window: simply forget */ }
    },
  };

  class ScanViewer {
    constructor(root) {
      this.root = root;
      this.pages = [...root.querySelectorAll("[data-page]")];
      this.marks = JSON.parse(root.dataset.marks || "[]");
      this.hitPages = JSON.parse(root.dataset.hits || "[]");
      this.index = Number(root.dataset.index);
      this.turns = new Map();
      this.leaving = new AbortController();
      this.words = [];
      this.hits = [];
      this.hit = -1;
      this.fit = root.closest("[data-fit]")?.dataset.fit || remember.get("fit", "fit-page");
      this.stage = this.find("[data-stage]");
      this.still = root.querySelector(".viewer-still");
      this.body = this.find("[data-text-body]");
      this.takeRoom();
      this.openImages();
      this.listen();
      this.obey();
      this.toggleText(remember.get("text", "on") === "on");
      this.load();
    }

    find(selector) { return this.root.querySelector(selector); }

    /** Fill the window below the heading, and leave the words off the buttons where they would not fit on one line. */
    takeRoom() {
      const body = this.find(".viewer-body");
      const fit = () => {
        this.root.classList.toggle("is-narrow", this.root.clientWidth < 760);
        if (!this.root.classList.contains("viewer-tall") || window.innerWidth < 992) return body.style.removeProperty("height");
        const top = body.getBoundingClientRect().top + window.scrollY;
        body.style.height = `${Math.max(440, window.innerHeight - top - 20)}px`;
      };
      fit();
      window.addEventListener("resize", fit, { signal: this.leaving.signal });
    }

    openImages() {
      // OpenSeadragon adds a <style> unless it finds this one; the CSP forbids it, and app.css has the rule.
      const marker = document.createElementNS("", "style");
      marker.setAttribute("data-openseadragon-mobile-css", "true");
      document.head.append(marker);
      const canvas = element("div", "viewer-canvas");
      this.stage.append(canvas);
      this.root.classList.add("is-live");
      this.osd = OpenSeadragon({
        element: canvas,
        drawer: "canvas",
        showNavigationControl: false,
        animationTime: 0.25,
        visibilityRatio: 0.4,
        minZoomImageRatio: 0.6,
        maxZoomPixelRatio: 4,
        gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true },
        gestureSettingsTouch: { pinchRotate: false },
      });
      this.osd.canvas.tabIndex = -1; // the stage around it takes the focus and the keys
      this.osd.canvas.removeAttribute("role");
      this.osd.addHandler("canvas-key", (event) => { event.preventDefaultAction = true; });
      this.osd.addHandler("open", () => this.afterOpen());
      this.osd.addHandler("open-failed", () => this.fail());
    }

    listen() {
      const actions = {
        previous: () => this.show(this.index - 1),
        next: () => this.show(this.index + 1),
        "previous-hit": () => this.show(this.hitBefore()),
        "next-hit": () => this.show(this.hitBehind()),
        "zoom-in": () => this.zoom(1.3),
        "zoom-out": () => this.zoom(1 / 1.3),
        "fit-width": () => this.setFit("fit-width"),
        "fit-page": () => this.setFit("fit-page"),
        rotate: () => this.rotate(),
        "next-mark": () => this.nextMark(),
        text: () => this.toggleText(this.root.classList.contains("no-text")),
      };
      const keys = {
        ArrowLeft: "previous", PageUp: "previous", ArrowRight: "next", PageDown: "next", "[": "previous-hit", "]": "next-hit", "+": "zoom-in", "=": "zoom-in", "-": "zoom-out",
        _: "zoom-out", w: "fit-width", 0: "fit-page", r: "rotate", n: "next-mark", t: "text",
      };
      this.root.addEventListener("click", (event) => {
        const tool = event.target.closest("[data-do], [data-page]");
        if (!tool || event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        if (tool.dataset.do) actions[tool.dataset.do]();
        else this.show(this.pages.indexOf(tool));
      });
      this.root.addEventListener("keydown", (event) => {
        if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || this.body.contains(event.target)) return;
        const action = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
        const pan = { ArrowUp: -0.1, ArrowDown: 0.1 }[event.key];
        if (action) actions[action]();
        else if (pan && event.target === this.stage) this.pan(pan);
        else return;
        event.preventDefault();
      });
      this.body.addEventListener("mouseover", (event) => this.lightLine(event.target.closest(".line")));
      this.body.addEventListener("mouseleave", () => this.lightLine(null));
    }

    /** Other scripts ask by events on the viewer: to turn to a page, to look at a place on it, to make room for another. */
    obey() {
      this.root.addEventListener("viewer:show", (event) => this.show(event.detail.index));
      this.root.addEventListener("viewer:look", (event) => this.look(event.detail.index, event.detail.box));
      this.root.addEventListener("viewer:close", () => {
        this.leaving.abort();
        this.osd.destroy();
      });
    }

    /** Frame one place of a page, given in 0..10000 of the image, and bring it into sight; null takes the frame away. */
    look(index, box) {
      this.place = box ? { x0: box[0], y0: box[1], x1: box[2], y1: box[3] } : null;
      if (box && index !== this.index) this.show(index); // drawn when the image is there
      else this.drawPlace();
    }

    drawPlace() {
      if (this.placeBox) this.osd.removeOverlay(this.placeBox);
      this.placeBox = null;
      if (!this.place || !this.osd.world.getItemCount()) return;
      this.placeBox = element("div", "viewer-place");
      const where = this.rectangle(this.place, 8);
      this.osd.addOverlay({ element: this.placeBox, location: where });
      this.bringIntoSight(where);
    }

    /** Move the view no further than needed: a page that fills the width stays where it is from left to right. */
    bringIntoSight(where) {
      const { viewport } = this.osd;
      const shown = viewport.getBounds();
      const overrun = (from, length, start, span) => {
        const margin = Math.max(0, Math.min(span * 0.08, (span - length) / 2));
        return Math.min(0, from - margin - start) || Math.max(0, from + length + margin - start - span);
      };
      const x = overrun(where.x, where.width, shown.x, shown.width);
      const y = overrun(where.y, where.height, shown.y, shown.height);
      if (x || y) viewport.panBy(new OpenSeadragon.Point(x, y));
    }

    // Pages

    show(index) {
      if (index < 0 || index >= this.pages.length || index === this.index) return;
      this.index = index;
      const page = this.pages[index];
      this.find("[data-where]").textContent = String(index + 1);
      this.pages.forEach((link, i) => (i === index ? link.setAttribute("aria-current", "page") : link.removeAttribute("aria-current")));
      const strip = page.closest(".viewer-thumbs");
      if (strip) strip.scrollTop = page.offsetTop - strip.clientHeight / 2;
      this.point("previous", this.pages[index - 1]);
      this.point("next", this.pages[index + 1]);
      this.pointHits();
      this.find("[data-image-link]").href = page.dataset.image;
      this.stage.setAttribute("aria-label", this.stage.dataset.label.replace("{n}", String(index + 1)));
      this.still.alt = this.stage.getAttribute("aria-label");
      history.replaceState(history.state, "", page.href);
      this.load();
      if ("follow" in this.root.dataset) this.follow(page);
    }

    /** Renew what the page says around the viewer (heading, buttons); until it is there, nothing of it can be clicked. */
    async follow(page) {
      const around = [...document.querySelectorAll("[data-follows-page]")];
      around.forEach((part) => { part.inert = true; part.classList.add("is-stale"); });
      try {
        const answer = await fetch(page.href, { credentials: "same-origin" });
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
        if (this.pages[this.index] !== page) return; // the person has gone on
        const parts = [...fresh.querySelectorAll("[data-follows-page]")];
        if (!answer.ok || parts.length !== around.length) throw new Error("another page");
        around.forEach((part, i) => part.replaceWith(document.adoptNode(parts[i])));
        document.title = fresh.title;
      } catch {
        window.location.assign(page.href);
      }
    }

    /** The nearest page before or behind this one on which a mark is lit; none gives a place that no page has. */
    hitBefore() { return Math.max(-1, ...this.hitPages.filter((at) => at < this.index)); }

    hitBehind() { return Math.min(this.pages.length, ...this.hitPages.filter((at) => at > this.index)); }

    pointHits() {
      if (!this.hitPages.length) return;
      this.point("previous-hit", this.pages[this.hitBefore()]);
      this.point("next-hit", this.pages[this.hitBehind()]);
      const where = this.find("[data-where-hit]");
      const at = this.hitPages.indexOf(this.index);
      where.textContent = (at < 0 ? where.dataset.off : where.dataset.on)
        .replace("{n}", String(at + 1)).replace("{all}", String(this.hitPages.length));
    }

    point(action, page) {
      const link = this.find(`[data-do="${action}"]`);
      if (page) {
        link.href = page.href;
        link.removeAttribute("aria-disabled");
      } else {
        link.removeAttribute("href");
        link.setAttribute("aria-disabled", "true");
      }
    }

    load() {
      const page = this.pages[this.index];
      this.find(".viewer-problem")?.remove();
      this.root.classList.add("is-live");
      this.words = [];
      this.hits = [];
      this.osd.clearOverlays();
      this.osd.open({ type: "image", url: page.dataset.image });
      this.still.src = page.dataset.image;
      this.loadWords(page);
    }

    afterOpen() {
      this.osd.viewport.setRotation(this.turns.get(this.index) || 0, true);
      this.applyFit(true);
      this.drawMarks();
    }

    fail() {
      this.root.classList.remove("is-live");
      const problem = element("p", "viewer-problem", this.stage.dataset.failed);
      problem.setAttribute("role", "alert");
      this.stage.append(problem);
    }

    // Words

    async loadWords(page) {
      const found = page.dataset.words ? await this.fetchWords(page.dataset.words) : null;
      if (this.pages[this.index] !== page) return; // the person has gone on
      const first = page === this.pages[Number(this.root.dataset.index)];
      this.words = found ? found.words : [];
      this.hits = findMarks(this.words, this.marks);
      this.hit = -1;
      const text = found ? found.text : null;
      if (this.words.length || text !== null || !first || this.wrote) this.writeText(text); // else: as the server wrote it
      this.drawMarks();
      this.countMarks();
    }

    async fetchWords(url) {
      try {
        const answer = await fetch(url, { headers: { Accept: "application/json" }, credentials: "same-origin" });
        if (!answer.ok) return null;
        const body = await answer.json();
        const words = Array.isArray(body) ? body : body.words || [];
        return { words: words.map(readWord), text: Array.isArray(body) ? "" : body.text };
      } catch {
        return null; // no network, no JSON: the image is still there, the text simply is not
      }
    }

    writeText(text) {
      this.wrote = true;
      const low = this.words.some((word) => word.conf !== null && word.conf < LOW_CONFIDENCE);
      const note = this.find("[data-text-note]");
      if (!note.dataset.before) note.dataset.before = note.textContent;
      note.textContent = low ? note.dataset.before + note.dataset.low : note.dataset.before;
      this.lines = gatherLines(this.words);
      const spansOf = spansByWord(this.hits);
      if (this.lines.length) this.body.replaceChildren(...this.lines.map((line) => lineElement(line, this.words, spansOf)));
      else if (text) this.body.replaceChildren(text);
      else this.body.replaceChildren(element("p", "nothing", text === null ? this.body.dataset.waiting : this.body.dataset.none));
      this.body.scrollTop = 0;
      this.body.querySelector("mark")?.scrollIntoView({ block: "nearest" });
    }

    rectangle(box, margin = 0) {
      const item = this.osd.world.getItemAt(0);
      const size = item.getContentSize();
      const x = (value) => (value / SCALE) * size.x;
      const y = (value) => (value / SCALE) * size.y;
      return item.imageToViewportRectangle(
        x(box.x0) - margin, y(box.y0) - margin, x(box.x1 - box.x0) + 2 * margin, y(box.y1 - box.y0) + 2 * margin,
      );
    }

    drawMarks() {
      this.osd.clearOverlays();
      if (!this.osd.world.getItemCount()) return;
      this.hits.forEach((hit, h) => {
        for (const place of joinBoxes(hit.map(([w, first, last]) => slice(this.words[w], first, last)))) {
          const box = element("div", h === this.hit ? "viewer-mark is-current" : "viewer-mark");
          this.osd.addOverlay({ element: box, location: this.rectangle(place, 3) });
        }
      });
      this.drawPlace();
    }

    countMarks() {
      const box = this.find("[data-marks-box]");
      box.hidden = this.marks.length === 0;
      const words = this.find("[data-marks-text]");
      words.textContent = this.hits.length ? words.dataset.text.replace("{n}", String(this.hits.length)) : words.dataset.none;
      this.find('[data-do="next-mark"]').disabled = this.hits.length === 0;
    }

    nextMark() {
      if (!this.hits.length || !this.osd.world.getItemCount()) return;
      this.hit = (this.hit + 1) % this.hits.length;
      this.drawMarks();
      const [w, first, last] = this.hits[this.hit][0];
      const centre = this.rectangle(slice(this.words[w], first, last)).getCenter();
      const { viewport } = this.osd;
      const reading = viewport.getHomeZoom() * 2;
      if (viewport.getZoom() < reading) viewport.zoomTo(reading);
      viewport.panTo(centre);
      this.body.querySelectorAll("mark")[this.markNumber()]?.scrollIntoView({ block: "nearest" });
    }

    markNumber() { return this.hits.slice(0, this.hit).reduce((total, hit) => total + hit.length, 0); }

    lightLine(line) {
      if (line === this.lit) return;
      this.lit?.classList.remove("is-on");
      if (this.lineBox) this.osd.removeOverlay(this.lineBox);
      this.lit = line;
      this.lineBox = null;
      if (!line || !this.osd.world.getItemCount()) return;
      line.classList.add("is-on");
      const place = this.lines[[...this.body.children].indexOf(line)];
      if (!place) return;
      this.lineBox = element("div", "viewer-line");
      this.osd.addOverlay({ element: this.lineBox, location: this.rectangle(place, 4) });
    }

    // View

    zoom(factor) {
      this.osd.viewport.zoomBy(factor);
      this.osd.viewport.applyConstraints();
    }

    pan(share) {
      const { viewport } = this.osd;
      viewport.panBy(viewport.deltaPointsFromPixels(new OpenSeadragon.Point(0, this.stage.clientHeight * share)));
      viewport.applyConstraints();
    }

    rotate() {
      const turned = ((this.turns.get(this.index) || 0) + 90) % 360;
      this.turns.set(this.index, turned);
      this.osd.viewport.setRotation(turned, true);
      this.applyFit(true);
    }

    setFit(fit) {
      this.fit = fit;
      remember.set("fit", fit);
      this.applyFit(false);
    }

    applyFit(immediately) {
      const { viewport } = this.osd;
      if (this.fit === "fit-page") return viewport.goHome(immediately);
      if (viewport.getRotation() % 360) return viewport.fitHorizontally(immediately);
      const home = this.osd.world.getHomeBounds();
      const top = new OpenSeadragon.Rect(home.x, home.y, home.width, home.width / viewport.getAspectRatio());
      return viewport.fitBounds(top, immediately);
    }

    toggleText(on) {
      this.root.classList.toggle("no-text", !on);
      this.find('[data-do="text"]').setAttribute("aria-pressed", String(on));
      remember.set("text", on ? "on" : "off");
    }
  }

  document.addEventListener("viewer:open", (event) => new ScanViewer(event.target));
  const start = () => document.querySelectorAll("[data-viewer]").forEach((root) => new ScanViewer(root));
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
