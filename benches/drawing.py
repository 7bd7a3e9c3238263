"""The measurements as an SVG: a panel a figure, a bar a column. Its greys read on white and on black alike."""
from xml.sax.saxutils import escape

TEXT, OURS, THEIRS, FLOOR = "#7d8590", "#2f81f7", "#9198a1", "#c4a35a"
NAMES = {"ours": "this library", "libcurl": "libcurl by hand", "python": "vendor's Python SDK",
         "node": "vendor's Node SDK", "ureq": "crate ureq, its Agent", "hyper": "hyper, current thread",
         "floor": "bare socket", "floor-tls": "bare socket, OpenSSL", "floor-rustls": "bare socket, rustls"}
PANELS = [
    ("warm_us", "Warm HTTPS query, median", "µs", 1),
    ("cpu_us", "Its CPU time", "µs", 1),
    ("instructions", "Its instructions", "", 0),
    ("allocations", "Its allocations", "", 0),
    ("cold_ms", "Fresh process to first HTTPS answer", "ms", 1),
    ("rate", "64 callers: queries a second (more is better)", "", 0),
    ("peak_mib", "Peak memory, one caller", "MiB", 1),
    ("shipped_mb", "Shipped", "MB", 1),
]
PANEL, NAME, BAR, LINE, HEAD = 420, 142, 190, 17, 34


def bar(y, name, value, scale, unit, digits):
    """A bar that does not fit is cut, with a gap near its end."""
    width = min(BAR, max(1, value * scale))
    colour = OURS if name == "ours" else FLOOR if name.startswith("floor") else THEIRS
    weight = ' font-weight="bold"' if name == "ours" else ""
    parts = [f'<text x="{NAME - 8}" y="{y + 10}" text-anchor="end"{weight}>{escape(NAMES.get(name, name))}</text>']
    if value * scale > BAR:
        parts += [f'<rect x="{NAME}" y="{y}" width="{BAR - 14}" height="12" fill="{colour}"/>',
                  f'<rect x="{NAME + BAR - 10}" y="{y}" width="10" height="12" fill="{colour}"/>']
    else:
        parts.append(f'<rect x="{NAME}" y="{y}" width="{width:.1f}" height="12" fill="{colour}"/>')
    number = f"{value:,.{digits}f} {unit}".strip()
    parts.append(f'<text x="{NAME + width + 6:.1f}" y="{y + 10}"{weight}>{number}</text>')
    return parts


def longest(values):
    """What fits into a panel: libcurl's bar sets the scale, and three times as much still fits."""
    largest = max(values.values())
    return min(largest, 3 * values.get("libcurl", largest))


def is_cut(values):
    return max(values.values()) > longest(values)


def panel(title, values, unit, digits):
    scale = BAR / longest(values)
    parts = [f'<text x="0" y="14" font-weight="bold">{escape(title)}</text>']
    for i, (name, value) in enumerate(sorted(values.items(), key=lambda item: item[1])):
        parts += bar(24 + i * LINE, name, value, scale, unit, digits)
    return parts


def draw(figures, note):
    """Two panels a row; a figure that was not measured has none."""
    known = {key: {n: v for n, v in values.items() if v == v} for key, values in figures.items()}
    shown = [(title, known[key], unit, digits) for key, title, unit, digits in PANELS if known.get(key)]
    body, top = [], 10
    for i in range(0, len(shown), 2):
        pair = shown[i:i + 2]
        for column, (title, values, unit, digits) in enumerate(pair):
            body.append(f'<g transform="translate({10 + column * PANEL} {top})">')
            body += panel(title, values, unit, digits)
            body.append("</g>")
        top += HEAD + LINE * max(len(values) for _, values, _, _ in pair)
    legend = [f'<text x="10" y="{top + 8}" font-size="11">{escape(note)}</text>']
    if any(is_cut(values) for _, values, _, _ in shown):
        legend += [f'<rect x="10" y="{top + 16}" width="26" height="9" fill="{THEIRS}"/>',
                   f'<rect x="40" y="{top + 16}" width="10" height="9" fill="{THEIRS}"/>',
                   f'<text x="56" y="{top + 24}" font-size="11">a bar with a gap is longer than its panel; '
                   'its figure is right</text>']
    body += legend
    width, height = 2 * PANEL + 20, top + 18 + 16 * (len(legend) > 1)
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"',
        f'  font-family="system-ui, sans-serif" font-size="12" fill="{TEXT}">', *body, "</svg>", ""])
