// The menu of versions, where the site is served beside others; a copy on a disk has none.
document.addEventListener("DOMContentLoaded", async () => {
  const box = document.getElementById("versions");
  const root = document.documentElement.dataset.content_root;
  if (!box || location.protocol === "file:") return;
  const pages = new URL(root, location.href);
  const here = pages.pathname.replace(/\/$/, "").split("/").pop();
  let listed;
  try {
    const answer = await fetch(new URL("../versions.json", pages));
    listed = answer.ok ? await answer.json() : null;
  } catch {
    listed = null;
  }
  if (!Array.isArray(listed)) return;
  const menu = box.querySelector("select");
  for (const one of ["stable", ...listed]) {
    const name = String(one);
    menu.add(new Option(name, name, false, name === here));
  }
  menu.addEventListener("change", () => {
    location.href = new URL(`../${encodeURIComponent(menu.value)}/index.html`, pages);
  });
  box.hidden = false;
});
