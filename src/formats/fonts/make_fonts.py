"""Makes the two fonts of this folder. README.md says how to run it."""

import pathlib
import sys

from fontTools import subset
from fontTools.ttLib import TTFont

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[2]

# Signs that pages, charts and bulletins may print, beside what the texts below hold.
SIGNS = "¡¢£¥§©«®°±²³µ¶·»¼½¾¿×÷‐‑‒–—―‘’“”„†‡•…‰′″※€℃№™←↑→↓⇒−∑√∞≈≠≤≥①②③④⑤⑥⑦⑧⑨⑩■□▲△▼▽◆◇○◎●★☆✓　、。〈〉《》「」『』【】〔〕〜！（），．：；？％／～￥￣"


def characters():
    """Every character of the fonts."""
    wanted = {chr(code) for code in range(0x20, 0x7F)}
    wanted |= {chr(code) for code in range(0xA0, 0x180)}
    wanted |= set(SIGNS)
    for row in range(0xB0, 0xF8):
        for cell in range(0xA1, 0xFF):
            try:
                wanted.add(bytes([row, cell]).decode("gb2312"))
            except UnicodeDecodeError:
                continue
    texts = [*ROOT.glob("src/locale/*.toml"), *ROOT.glob("surveys/**/*.toml")]
    texts += [*ROOT.glob("surveys/**/*.csv"), *ROOT.glob("src/demo/*.rs")]
    for text in texts:
        wanted |= {own for own in text.read_text(encoding="utf-8") if own.isprintable()}
    return wanted


def make(source, weight):
    """Writes the font of that weight, with only the characters and tables that are needed."""
    options = subset.Options()
    options.layout_features = ["kern", "pwid"]
    options.hinting = False
    options.glyph_names = False
    options.name_IDs = [0, 1, 2, 4, 6, 13, 14]
    options.name_languages = [0x409]
    options.drop_tables += ["BASE", "DSIG", "VORG", "vhea", "vmtx"]
    font = TTFont(source, recalcTimestamp=False)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[ord(own) for own in characters()])
    subsetter.subset(font)
    # The licence reserves the name of the source for fonts that are not changed.
    names = {1: "Minyi Sans", 2: weight, 4: f"Minyi Sans {weight}", 6: f"MinyiSans-{weight}"}
    for record in font["name"].names:
        record.string = names.get(record.nameID, record.toUnicode())
    cff = font["CFF "].cff
    cff.fontNames[0] = names[6]
    top = cff.topDictIndex[0]
    top.FullName, top.FamilyName = names[4], names[1]
    font.save(HERE / f"minyi-sans-{weight.lower()}.otf")


for weight in ["Regular", "Bold"]:
    make(pathlib.Path(sys.argv[1]) / f"SourceHanSansSC-{weight}.otf", weight)
