// Before anything is drawn, so that nobody sees the other theme flash by.
try {
  const theme = localStorage.getItem('theme');
  if (theme) document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be switched off: then the system's theme it is.
}
