// Sets the colour scheme before the first paint, so that a dark page does not flash white. It is a file of its own
// because the content policy allows no inline script. The key is the component library's.
(function () {
  var scheme = "auto";
  try {
    scheme = localStorage.getItem("mantine-color-scheme-value") || "auto";
  } catch {
    /* storage may be forbidden; the system's scheme is then taken */
  }
  if (scheme !== "light" && scheme !== "dark") {
    scheme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  }
  document.documentElement.setAttribute("data-mantine-color-scheme", scheme);
})();
