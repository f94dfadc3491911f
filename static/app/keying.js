// The keying page: starts the grid when the page is there.

import { Grid } from "./keying/grid.js";

const root = document.querySelector("[data-keying]");
if (root) {
  try { root.classList.toggle("is-beside", localStorage.getItem("keying.beside") === "yes"); } catch { /* private window */ }
  root.classList.add("is-live");
  new Grid(root);
}
