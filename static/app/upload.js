// Sending many files: one request per file, two at a time, each with its own state; a bad file never stops the others.
//
// The list, its words and its states come from macros/upload.html; the server's answer per file is described in docs/ui.md.
"use strict";

(() => {
  const AT_ONCE = 2;
  const PAUSES_MS = [1000, 4000]; // before the second and the third try when the network or the server fails
  const SYSTEM_FILES = /^(\..*|thumbs\.db|desktop\.ini)$/i;
  const TONES = { waiting: "neutral", sending: "info", done: "success", duplicate: "warning", refused: "danger", failed: "danger" };

  const sizeText = (bytes) => (bytes < 1024 * 1024 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`);
  const byPath = (a, b) => a.path.localeCompare(b.path, "zh-CN", { numeric: true });
  const wait = (ms) => new Promise((done) => { setTimeout(done, ms); });

  // Files out of a drop, folders included ---------------------------------------------------------------------------------

  const readAll = async (reader) => {
    const entries = [];
    for (;;) {
      const some = await new Promise((done, failed) => { reader.readEntries(done, failed); }); // at most 100 a time
      if (!some.length) return entries;
      entries.push(...some);
    }
  };

  const filesOfEntry = async (entry) => {
    if (entry.isDirectory) return (await Promise.all((await readAll(entry.createReader())).map(filesOfEntry))).flat();
    const file = await new Promise((done, failed) => { entry.file(done, failed); });
    return [{ file, path: entry.fullPath.replace(/^\//, "") }];
  };

  const filesOfDrop = async (transfer) => {
    const entries = [...transfer.items].map((item) => item.webkitGetAsEntry && item.webkitGetAsEntry()).filter(Boolean);
    if (!entries.length) return [...transfer.files].map((file) => ({ file, path: file.name }));
    return (await Promise.all(entries.map(filesOfEntry))).flat();
  };

  // What the server said about one file ----------------------------------------------------------------------------------------

  const readAnswer = (request) => {
    let body = null;
    try { body = JSON.parse(request.responseText); } catch { body = null; }
    const reason = body ? body.reason || body.detail || body.title || "" : "";
    if (request.status === 413) return { state: "refused", why: "too-large" };
    if (request.status >= 500) return { state: "failed", why: "server", reason, again: true };
    if (request.status >= 400) return { state: "refused", why: reason ? "" : "server", reason };
    if (!body) return { state: "failed", why: "signed-out" }; // a page instead of an answer: the login form
    return { state: { duplicate: "duplicate", refused: "refused" }[body.state] || "done", reason };
  };

  const send = (url, fields, onProgress) => new Promise((done) => {
    const request = new XMLHttpRequest();
    const form = new FormData();
    Object.entries(fields).forEach(([name, value]) => form.append(name, value));
    request.open("POST", url);
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", (event) => event.lengthComputable && onProgress(event.loaded / event.total));
    request.addEventListener("load", () => done(readAnswer(request)));
    request.addEventListener("error", () => done({ state: "failed", why: "network", again: true }));
    request.addEventListener("abort", () => done({ state: "failed", why: "network" }));
    request.send(form);
  });

  // One upload box ---------------------------------------------------------------------------------------------------------------

  class UploadBox {
    constructor(form) {
      this.form = form;
      this.entries = [];
      this.active = 0;
      this.words = {};
      for (const word of form.querySelector("[data-words]").content.querySelectorAll("[data-key]")) this.words[word.dataset.key] = word.textContent;
      this.kinds = form.dataset.accept.toLowerCase().split(",").map((kind) => kind.trim());
      this.limit = Number(form.dataset.maxMb) * 1024 * 1024;
      this.listen();
      this.form.querySelectorAll("[data-pick]").forEach((picker) => this.take(picker)); // chosen before this script had come
    }

    find(selector) { return this.form.querySelector(selector); }

    listen() {
      const drop = this.find("[data-drop]");
      const over = (on) => drop.classList.toggle("is-over", on);
      this.form.addEventListener("submit", (event) => event.preventDefault());
      this.form.addEventListener("change", (event) => { if (event.target.matches("[data-pick]")) this.take(event.target); });
      for (const name of ["dragenter", "dragover"]) {
        drop.addEventListener(name, (event) => { event.preventDefault(); over(true); });
      }
      drop.addEventListener("dragleave", (event) => { if (!drop.contains(event.relatedTarget)) over(false); });
      drop.addEventListener("drop", async (event) => {
        event.preventDefault();
        over(false);
        this.add(await filesOfDrop(event.dataTransfer));
      });
      this.find("[data-retry-all]").addEventListener("click", () => this.retry(this.entries.filter((entry) => entry.state === "failed")));
      window.addEventListener("beforeunload", (event) => {
        if (this.unfinished() === 0) return;
        event.preventDefault();
        event.returnValue = this.words.leave;
      });
    }

    take(picker) {
      this.add([...picker.files].map((file) => ({ file, path: file.webkitRelativePath || file.name })));
      picker.value = "";
    }

    add(files) {
      const wanted = files.filter(({ file }) => !SYSTEM_FILES.test(file.name)).sort(byPath);
      if (!wanted.length) return;
      this.find("[data-state]").hidden = false;
      for (const { file, path } of wanted) this.enter(file, path);
      this.pump();
    }

    enter(file, path) {
      const row = this.find("template[data-row]").content.firstElementChild.cloneNode(true);
      const cell = (name) => row.querySelector(`[data-cell="${name}"]`);
      const entry = { file, path, row, state: "waiting" };
      this.entries.push(entry);
      cell("seq").textContent = String(this.entries.length);
      cell("path").textContent = path;
      cell("size").textContent = sizeText(file.size);
      row.querySelector("[data-retry]").addEventListener("click", () => this.retry([entry]));
      this.find("[data-files]").append(row);
      const kindOk = this.kinds.some((kind) => file.name.toLowerCase().endsWith(kind));
      if (!kindOk) this.mark(entry, { state: "refused", why: "wrong-kind" });
      else if (file.size > this.limit) this.mark(entry, { state: "refused", why: "too-large" });
      else this.mark(entry, { state: "waiting" });
    }

    mark(entry, { state, why = "", reason = "" }) {
      entry.state = state;
      const badge = entry.row.querySelector("[data-badge]");
      badge.className = `badge badge-${TONES[state]}`;
      badge.textContent = this.words[state];
      entry.row.querySelector("[data-why]").textContent = reason || (why ? this.words[why] : "");
      entry.row.querySelector("[data-bar]").hidden = state !== "sending";
      entry.row.querySelector("[data-retry]").hidden = state !== "failed";
      this.summarise();
    }

    pump() {
      while (this.active < AT_ONCE) {
        const entry = this.entries.find((one) => one.state === "waiting");
        if (!entry) break;
        this.active += 1;
        this.deliver(entry).then(() => {
          this.active -= 1;
          this.pump();
          this.finish();
        });
      }
    }

    async deliver(entry) {
      const bar = entry.row.querySelector("[data-bar]");
      const fields = {
        csrf_token: this.form.elements.csrf_token.value, run_id: this.form.dataset.runId, relative_path: entry.path, file: entry.file,
      };
      for (let tried = 0; ; tried += 1) {
        bar.value = 0;
        this.mark(entry, { state: "sending" });
        const answer = await send(this.form.dataset.uploadUrl, fields, (share) => { bar.value = share; });
        if (!answer.again || tried >= PAUSES_MS.length) return this.mark(entry, answer);
        await wait(PAUSES_MS[tried]);
      }
    }

    retry(entries) {
      entries.forEach((entry) => this.mark(entry, { state: "waiting" }));
      this.pump();
    }

    count(...states) { return this.entries.filter((entry) => states.includes(entry.state)).length; }

    unfinished() { return this.count("waiting", "sending"); }

    summarise() {
      const bad = this.count("failed", "refused");
      const done = this.count("done", "duplicate");
      const total = this.find("[data-total]");
      total.max = this.entries.length;
      total.value = done + bad;
      const words = this.find("[data-sum]");
      words.textContent = words.dataset.text.replace("{done}", done).replace("{all}", this.entries.length).replace("{failed}", bad);
      const over = this.unfinished() === 0;
      this.find("[data-retry-all]").hidden = !over || this.count("failed") === 0;
      this.find("[data-go]").hidden = !over || done === 0;
    }

    finish() {
      if (this.unfinished() || this.active || this.count("failed", "refused")) return;
      window.location.assign(this.form.dataset.doneUrl);
    }
  }

  const start = () => document.querySelectorAll("form[data-upload]").forEach((form) => new UploadBox(form));
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
