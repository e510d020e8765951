"""Has a speech recogniser listen to the ten announcements of the recital. Room or wristband, dishes and counts must
come back: of everything that the shop could have said in that place (its rooms, its menu, 1 to 12), what was said
must be what the recogniser finds likeliest to have been heard. That is how a cook listens, who knows the shop.

Beside each stands what the recogniser writes when it knows nothing but that it hears a restaurant, and how many
syllables of that are wrong: pinyin without tones, numbers as they are read. It is a small recogniser that guesses
at dishes it has never heard of, so this is a figure to watch and not a test.

usage: listen.py MODEL-FOLDER RECITAL-FOLDER      Exits 1 when something of an announcement is lost.
"""

import json
import math
import pathlib
import re
import sys

from faster_whisper import WhisperModel
from faster_whisper.audio import decode_audio, pad_or_trim
from faster_whisper.tokenizer import Tokenizer
from pypinyin import lazy_pinyin

HINT = "餐厅播报："

# What could have been said instead.
DISHES = (
    "水饺 炸酱面 重庆小面 刀削面 牛肉面 米饭 炒饭 可乐 雪碧 绿茶 酸梅汤 宫保鸡丁 鱼香肉丝 番茄炒蛋 羊肉串 羊肚 "
    "清蒸鲈鱼 红烧鲤鱼 麻婆豆腐 长沙臭豆腐 银耳汤 紫菜汤 红烧肉 酸辣土豆丝"
).split()
COUNTS = range(1, 13)

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


def as_read(text: str, short_is_counted: bool) -> str:
    """Digits that the recogniser wrote, as they may have been said: three and more are a name, read one by one; one
    or two are a count or a name."""

    def read(match: re.Match) -> str:
        digits = match.group()
        return count(int(digits)) if short_is_counted and len(digits) < 3 else one_by_one(digits)

    return re.sub(r"\d+", read, text)


def sounds(text: str, short_is_counted: bool = True) -> list[str]:
    """Syllables without tones. 两 and 二 count as one number; nothing but Chinese is looked at."""
    chinese = re.findall(r"[〇\u3400-\u9fff]", as_read(text, short_is_counted))
    return lazy_pinyin("".join(chinese).replace("两", "二"))


def distance(a: list[str], b: list[str]) -> int:
    """Syllables to change, drop or add (Levenshtein)."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        last, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (x != y))
    return row[-1]


def neighbours(name: str) -> list[str]:
    """Every name that differs in one digit: 801 is to be told from 807 and 901."""
    places = [(at, digit) for at in range(len(name)) for digit in "0123456789"]
    return sorted({name[:at] + digit + name[at + 1 :] for at, digit in places})


def slots(announcement: dict) -> list[tuple[str, list[str]]]:
    """What must come back, as it is said, and all that could have been said in its place, itself among it."""
    wanted = []
    for name in announcement["about"]:
        if one_by_one(name) in announcement["said"]:
            wanted.append((one_by_one(name), [one_by_one(other) for other in neighbours(name)]))
    for dish, number in announcement["dishes"]:
        wanted.append((dish, DISHES))
        if number:
            wanted.append((dish + count(int(number)) + "份", [dish + count(other) + "份" for other in COUNTS]))
    return wanted


class Listener:
    """Whisper, asked for its own words or for how well given words fit."""

    def __init__(self, folder: str) -> None:
        self.model = WhisperModel(folder, device="cpu", compute_type="int8")
        self.tokenizer = Tokenizer(self.model.hf_tokenizer, True, task="transcribe", language="zh")

    def written(self, sound) -> str:
        segments, _ = self.model.transcribe(sound, language="zh", beam_size=5, initial_prompt=HINT)
        return "".join(segment.text for segment in segments).strip()

    def likeliest(self, sound, sentences: list[str]) -> str:
        features = pad_or_trim(self.model.feature_extractor(sound))
        heard = self.model.encode(features)
        frames = len(sound) // self.model.feature_extractor.hop_length

        def fit(sentence: str) -> float:
            tokens = self.tokenizer.encode(sentence)
            [found] = self.model.model.align(heard, self.tokenizer.sot_sequence, [tokens], frames)
            return sum(math.log(max(chance, 1e-10)) for chance in found.text_token_probs)

        return max(sentences, key=fit)


def lost(listener: Listener, sound, announcement: dict) -> list[str]:
    """What a cook would have to ask for again, with what was heard instead."""
    missing = []
    for wanted, others in slots(announcement):
        said = {announcement["said"].replace(wanted, other, 1): other for other in others}
        heard = said[listener.likeliest(sound, list(said))]
        if heard != wanted:
            missing.append(f"{wanted} (heard {heard})")
    return missing


def main() -> int:
    listener, recital = Listener(sys.argv[1]), pathlib.Path(sys.argv[2])
    program = json.loads((recital / "program.json").read_text())
    understood = wrong = syllables = 0
    for announcement in program:
        sound = decode_audio(str(recital / announcement["file"]))
        text, missing = listener.written(sound), lost(listener, sound, announcement)
        said = sounds(announcement["said"])
        understood += not missing
        wrong += min(distance(said, sounds(text, short_is_counted)) for short_is_counted in (True, False))
        syllables += len(said)
        print("✗" if missing else "✓", announcement["said"], *(f"\n  lost: {what}" for what in missing))
        print("  written:", text, flush=True)
    share = 100 * wrong / max(syllables, 1)
    print(f"understood {understood} of {len(program)}")
    print(f"written: {wrong} of {syllables} syllables wrong ({share:.1f} %)")
    return 0 if program and understood == len(program) else 1


sys.exit(main())
