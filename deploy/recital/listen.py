"""Has a speech recogniser listen to the ten announcements of the recital, and holds what it understood against what
was said: room or wristband, dishes and counts must come back. Sounds are compared, not characters: pinyin without
tones, numbers as they are read, so that 羊 for 阳 is right and 七 for 一 is not.

usage: listen.py MODEL-FOLDER RECITAL-FOLDER      Exits 1 when something of an announcement is lost.
"""

import json
import pathlib
import re
import sys

from faster_whisper import WhisperModel
from pypinyin import lazy_pinyin

DIGITS = "零一二三四五六七八九"


def count(number: int) -> str:
    """2 is 两, 12 is 十二: as far as a recital counts."""
    if number == 2:
        return "两"
    tens, ones = divmod(number, 10)
    ten = ("" if tens == 1 else DIGITS[tens]) + "十" if tens else ""
    return ten + (DIGITS[ones] if ones or not tens else "")


def one_by_one(digits: str) -> str:
    return "".join(DIGITS[int(digit)] for digit in digits)


def as_read(text: str) -> str:
    """Digits that the recogniser wrote, as they were said: before a measure word counted, else one by one."""

    def read(match: re.Match) -> str:
        digits, behind = match.group(1), match.group(2)
        return (count(int(digits)) if behind and len(digits) < 3 else one_by_one(digits)) + (behind or "")

    return re.sub(r"(\d+)([份个號号])?", read, text)


def sounds(text: str) -> list[str]:
    """Syllables without tones. 两 and 二 count as one number; nothing but Chinese is looked at."""
    chinese = "".join(re.findall(r"[〇\u3400-\u9fff]", as_read(text))).replace("两", "二")
    return lazy_pinyin(chinese)


def has(heard: list[str], wanted: list[str]) -> bool:
    return any(heard[at : at + len(wanted)] == wanted for at in range(len(heard) - len(wanted) + 1))


def distance(a: list[str], b: list[str]) -> int:
    """Syllables to change, drop or add (Levenshtein)."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        last, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (x != y))
    return row[-1]


def lost(heard: list[str], announcement: dict) -> list[str]:
    """What a cook would have to ask for again."""
    about = [one_by_one(name) for name in announcement["about"]]
    dishes = [dish + (count(int(number)) + "份" if number else "") for dish, number in announcement["dishes"]]
    return [what for what in about + dishes if not has(heard, sounds(what))]


def main() -> int:
    model_folder, recital = sys.argv[1], pathlib.Path(sys.argv[2])
    model = WhisperModel(model_folder, device="cpu", compute_type="int8")
    program = json.loads((recital / "program.json").read_text())
    understood = wrong = syllables = 0
    for announcement in program:
        segments, _ = model.transcribe(
            str(recital / announcement["file"]), language="zh", beam_size=5, initial_prompt="餐厅播报："
        )
        text = "".join(segment.text for segment in segments)
        heard, said = sounds(text), sounds(announcement["said"])
        missing = lost(heard, announcement)
        understood += not missing
        wrong += distance(said, heard)
        syllables += len(said)
        print(f"{'✗' if missing else '✓'} {announcement['said']}\n  {text.strip()}" + "".join(f"\n  lost: {m}" for m in missing))
    print(f"understood {understood} of {len(program)}; {wrong} of {syllables} syllables wrong ({100 * wrong / syllables:.1f} %)")
    return 0 if program and understood == len(program) else 1


sys.exit(main())
