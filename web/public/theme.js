// Runs before the first paint so that a chosen theme never flashes. The key and its values are those of src/theme/use-theme.ts.
try {
  const theme = localStorage.getItem("chat.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be blocked: the system's colours stand.
}
