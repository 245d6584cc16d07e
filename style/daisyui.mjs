// daisyUI without three rules: `.select:has(> select[disabled]) select` and its like make Chromium compute the style of
// the whole page anew whenever any element comes: 35 ms with a list on it. Carrete disables no control that way.
import daisyui from "daisyui";

const slow = /&:has\(> \w+\[disabled\]\)/;
const without = (styles) => {
  if (Array.isArray(styles)) return styles.map(without);
  if (styles === null || typeof styles !== "object") return styles;
  const kept = Object.entries(styles).map(([selector, rules]) => [selector.replace(/&:has\(> \w+\[disabled\]\), /, ""), without(rules)]);
  return Object.fromEntries(kept.filter(([selector]) => !slow.test(selector)));
};

const lighter = (options) => {
  const plugin = daisyui(options);
  const handler = (api) => plugin.handler({ ...api, addComponents: (styles, ...rest) => api.addComponents(without(styles), ...rest) });
  return { ...plugin, handler };
};
lighter.__isOptionsFunction = true;
export default lighter;
