#!/usr/bin/python3
"""The exact sampler against a second one, written from docs/privacy/sampler.md in rational arithmetic of any precision.

Both get the same random words, among them thousands that put a point within 2^-1500 of the curve, or S x within 2^-900
of where its rounding changes; draws and numbers of words taken must be equal. The tables and the covering of the curve
by the parts are checked as well. Usage: golden_sampler.py ORACLE (exact_gaussian_oracle of the build).
"""
import decimal
import random
import subprocess
import sys
from decimal import Decimal
from fractions import Fraction

STRIPS, PARTS, SPLIT, SIGN = 144, 8192, 256, 8192
ROW = 92379654470706059
WORD = 1 << 64


def curve(x, bits):
    """exp(-x^2 / 2) as a multiple of 2^-bits, right to a few units. x: a Fraction."""
    with decimal.localcontext() as context:
        context.prec = int(bits * 0.302) + 40
        context.Emin, context.Emax = decimal.MIN_EMIN, decimal.MAX_EMAX
        half = x * x / 2
        value = (-Decimal(half.numerator) / Decimal(half.denominator)).exp()
        return Fraction(int(value * (Decimal(2) ** bits)), 1 << bits)


def build_parts():
    """(strip, row, split) of each part, from the definition: every cell that reaches below the curve."""
    edge = [curve(Fraction(i, 32), 300) for i in range(STRIPS + 1)]
    parts = []
    for strip in range(STRIPS):
        row = 0
        while Fraction(row * ROW, WORD) < edge[strip]:
            parts.append((strip, row, not Fraction((row + 1) * ROW, WORD) <= edge[strip + 1]))
            row += 1
    return parts


BOXES = build_parts()
FIRST = {}
for number, (strip, row, split) in enumerate(BOXES):
    FIRST.setdefault(strip, number)
CROSSED = [i for i, (strip, row, split) in enumerate(BOXES) if split]


class Short(Exception):
    """The words given ran out."""


class Undefined(Exception):
    """A point at a distance where the number of digits drawn may be one or the other."""


class Reference:
    """One draw by the definition, with its random words."""

    def __init__(self, words):
        self.words, self.taken = words, 0

    def word(self):
        if self.taken == len(self.words):
            raise Short
        self.taken += 1
        return self.words[self.taken - 1]

    def point(self, choice):
        index = choice % PARTS
        if index < len(BOXES):
            strip, row, split = BOXES[index]
            return strip, row, 0, split
        word = self.word()
        unit, bits = 0, word >> 5
        length = 59
        while bits == 0:
            unit += length
            bits, length = self.word(), 64
        while bits % 2 == 0:
            bits //= 2
            unit += 1
        return STRIPS + 32 * unit + word % 32, 0, unit + 6, True

    def draw(self, s, choice, u):
        while True:
            strip, row, shift, split = self.point(choice)
            digits = [u]
            if not split or self.below(strip, row, shift, digits):
                z = self.round(s, strip, digits)
                return -z if choice & SIGN else z
            choice, u = self.word(), self.word()

    def below(self, strip, row, shift, u):
        v = [self.word()]
        n = 1 if shift == 0 else 3
        while True:
            while len(u) < n:
                u.append(self.word())
                v.append(self.word())
            side = decide(strip, row, shift, u, v, n)
            if side is not None:
                return side
            n = 2 * n if n > 1 else 3

    def round(self, s, strip, u):
        n, low, scale = 0, 0, 1
        while True:
            digit = u[n] if n < len(u) else self.word()
            n, low, scale = n + 1, low * WORD + digit, scale * WORD
            least = s * (strip + Fraction(low, scale)) / 32 + Fraction(1, 2)
            most = least + s / scale / 32
            z = least.numerator // least.denominator
            if most <= z + 1:
                return z


def number_of(digits):
    value = 0
    for digit in digits:
        value = value * WORD + digit
    return Fraction(value, WORD ** len(digits))


def decide(strip, row, shift, u, v, n):
    """True or False where n digits must decide; None where they must not."""
    f = curve((strip + number_of(u)) / 32, 64 * n + 200)
    y = (row + number_of(v)) * Fraction(ROW, WORD << shift)
    distance = abs(f - y) * WORD**n
    sure, unsure = (2048, 256) if n == 1 else (WORD, WORD >> 2)
    if unsure < distance < sure:
        raise Undefined
    return f > y if distance >= sure else None


class Oracle:
    def __init__(self, program):
        self.program, self.lines, self.wants = program, [], []

    def ask(self, line, want):
        self.lines.append(line)
        self.wants.append(want)

    def check(self, what):
        done = subprocess.run([self.program], input="\n".join(self.lines) + "\n", capture_output=True, text=True, check=True)
        answers = done.stdout.splitlines()
        assert len(answers) == len(self.lines)
        for line, answer, want in zip(self.lines, answers, self.wants):
            assert answer == want, f"{what}: {line}\ngave   {answer}\nshould {want}"
        print(f"{what}: {len(answers)} cases agree")
        self.lines, self.wants = [], []


def hexadecimal(words):
    return f"{len(words)} " + " ".join(f"{w:x}" for w in words)


def ask_draw(oracle, sigma, bits, choice, u, words):
    s = Fraction(sigma) * 2**bits
    reference = Reference(words)
    try:
        z = reference.draw(s, choice, u)
        want = f"{z % WORD:x} {reference.taken}"
    except Short:
        want = "short"
    except Undefined:
        return
    oracle.ask(f"draw {float(sigma).hex()} {bits} {choice:x} {u:x} {hexadecimal(words)}", want)


def tail_word(unit, within):
    """The word that proposes a strip of a unit below 59 of the tail."""
    return (random.getrandbits(64) | 1) << (unit + 5) & WORD - 1 | within


def random_words(count):
    return [random.getrandbits(64) for _ in range(count)]


def digits_of(fraction, count):
    value = (fraction.numerator << 64 * count) // fraction.denominator
    return [value >> 64 * (count - 1 - i) & WORD - 1 for i in range(count)]


def random_scale():
    """Some sigma and bits with 2^-4 <= sigma 2^bits < 2^60."""
    bits = random.choice([0, 20, 40, 44])
    return random.uniform(1, 2) * 2.0 ** random.randint(-4 - bits, 59 - bits), bits


def check_tables(oracle):
    table = [(1 << 64) - 1] + [int(curve(Fraction(i, 32), 300) * WORD) for i in range(1, STRIPS + 1)]
    source = open(sys.argv[2]).read()
    listed = [int(x, 16) for x in source[source.index("= {") :].replace(",", " ").split() if x.startswith("0x")]
    assert listed == table, "exact_gaussian_table.c"
    # All parts are used, none twice, and the tail lies below its bound: then also for every unit beyond, since the
    # curve falls by exp(-4.5 - ...) a unit and the bound by 1/2.
    assert len(BOXES) == PARTS - 1
    for unit in range(60):
        x = Fraction(9, 2) + unit
        assert curve(x, 4000) < Fraction(ROW, WORD << (unit + 6))
    for sigma, bits in [(1.0, 40), (0.7, 0), (2.0**-4, 0), (1.9999999 * 2.0**59, 0), (1 / 3, 44)]:
        s = Fraction(sigma) * 2**bits / 32
        drop = 1
        while (s * 2**drop).denominator != 1 or s * 2**drop < 2**52:
            drop += 1
        parts = [strip | (SPLIT if split else 0) for strip, row, split in BOXES] + [STRIPS | SPLIT]
        first = [FIRST[strip] for strip in range(STRIPS)] + [PARTS - 1]
        numbers = [int(s * 2**drop), drop] + parts + first
        oracle.ask(f"parts {float(sigma).hex()} {bits}", " ".join(f"{x:x}" for x in numbers))
    oracle.check("tables")


def check_random_draws(oracle):
    for _ in range(4000):
        sigma, bits = random_scale()
        kind = random.random()
        choice = random.getrandbits(16)
        if kind < 0.4:  # a part that the curve crosses
            index = random.choice(CROSSED)
            choice = choice & 0xE000 | index
        elif kind < 0.6:
            choice |= PARTS - 1
        ask_draw(oracle, sigma, bits, choice, random.getrandbits(64), random_words(40))
    oracle.check("random draws")


def check_far_tail(oracle):
    """Words with long runs of zeros propose x far out; they are refused there unless V is tiny as well."""
    for unit in list(range(0, 12)) + [58, 59, 60, 64, 122, 123, 124, 130, 200, 1000]:
        words, rest, length = [], unit, 59
        while rest >= length:
            words.append(random.getrandbits(5) if length == 59 else 0)
            rest, length = rest - length, 64
        last = (random.getrandbits(length) | 1) << rest & (1 << length) - 1
        words.append(last << 5 | random.getrandbits(5) if length == 59 else last)
        for v in ([random.getrandbits(64)], [0, 1], [0] * 3):
            tail = words + v + random_words(64 - len(words) - len(v))
            ask_draw(oracle, 2.0**19, 40, PARTS - 1 | random.getrandbits(1) << 13, random.getrandbits(64), tail)
    for _ in range(200):
        unit, within = random.randrange(40), random.randrange(32)
        u = random_words(24)
        strip = STRIPS + 32 * unit + within
        f = curve((strip + number_of(u)) / 32, 2500)
        v = f * random.choice([Fraction(1, 3), Fraction(9, 10), Fraction(11, 10), Fraction(5, 3)]) * (WORD << (unit + 6)) / ROW
        if v < 1:
            words = [tail_word(unit, within)] + between(u, digits_of(v, 24)) + random_words(16)
            sigma, bits = random_scale()
            ask_draw(oracle, sigma, bits, PARTS - 1 | random.getrandbits(1) << 13, u[0], words)
    oracle.check("far tail")


def near_curve(distance_bits, tail):
    """(strip, row, shift, digits of U, digits of V): a point about 2^-distance_bits from the curve."""
    count = distance_bits // 64 + 4
    u = random_words(count)
    strip = random.randrange(STRIPS, STRIPS + 60) if tail else random.randrange(STRIPS)
    shift = (strip - STRIPS) // 32 + 6 if tail else 0
    step = Fraction(ROW, WORD << shift)
    f = curve((strip + number_of(u)) / 32, 64 * count + 100)
    offset = Fraction(random.choice([-1, 1]), 1 << distance_bits)
    row, v = divmod((f + offset) / step, 1)
    return strip, int(row), shift, u, digits_of(v, count)


def between(u, v):
    """The words in the order in which they are drawn after U's first digit."""
    words = [v[0]]
    for pair in zip(u[1:], v[1:]):
        words += pair
    return words


def check_near_curve(oracle):
    """Points just above and just below the curve, at distances that 1, 3, 6, 12 or 24 digits tell."""
    cases = 0
    while cases < 1200:
        bits = random.choice([20, 40, 48, 60, 62, 80, 100, 118, 140, 200, 300, 310, 400, 600, 690, 760, 1000, 1400, 1500])
        tail = random.random() < 0.3
        strip, row, shift, u, v = near_curve(bits, tail)
        if (strip == 0 and u[0] >> 40 == 0) or (tail and row):
            continue
        choice = PARTS - 1 if tail else FIRST[strip] + row
        words = between(u, v)
        if tail:
            unit, within = divmod(strip - STRIPS, 32)
            words.insert(0, tail_word(unit, within))
        words = (words + random_words(64))[:64]
        if not tail and not BOXES[choice][2]:
            continue
        sigma, scale_bits = random_scale()
        ask_draw(oracle, sigma, scale_bits, choice, u[0], words)
        cases += 1
    oracle.check("draws near the curve")


def check_exact_alone(oracle):
    """The long way must give what the quick way gives, also where the quick way would have sufficed."""
    for _ in range(3000):
        index = random.choice(CROSSED)
        strip, row, _ = BOXES[index]
        u, words = random.getrandbits(64), random_words(30)
        v = [words[0]] + words[2:5:2]
        side = decide(strip, row, 0, [u] + words[1:5:2], v, 3)
        oracle.ask(f"below exact {strip:x} {row:x} 0 {u:x} {hexadecimal(words)}", f"{side:d} 3")
        if abs(curve((strip + Fraction(u, WORD)) / 32, 300) - (row + Fraction(words[0], WORD)) * Fraction(ROW, WORD)) > 2**-52:
            oracle.ask(f"below quick {strip:x} {row:x} 0 {u:x} {hexadecimal(words)}", f"{side:d} 1")
    oracle.check("the exact way and the quick way")


def check_rounding(oracle):
    """S x on a boundary of the rounding, exactly or but for a digit far behind."""
    for _ in range(3000):
        sigma, bits = random_scale()
        s = Fraction(sigma) * 2**bits
        strip = random.choice([i for i in range(STRIPS) if not BOXES[FIRST[i]][2]])
        low, high = s * strip / 32, s * (strip + 1) / 32
        z = int(low + (high - low) * random.random())
        position = (z + Fraction(1, 2)) / s * 32 - strip
        if not 0 <= position < 1:
            continue
        u = digits_of(position, 20)
        if random.random() < 0.7:
            place = random.randrange(20)
            u[place] = max(0, min(WORD - 1, u[place] + random.choice([-1, 1])))
        ask_draw(oracle, sigma, bits, FIRST[strip] | random.getrandbits(3) << 13, u[0], u[1:] + random_words(20))
    oracle.check("rounding near its boundaries")


def check_rounding_after_digits(oracle):
    """Rounding that must use the digits drawn while the point was compared with the curve, and then new ones."""
    for _ in range(300):
        sigma, bits = random.uniform(1, 2) * 2.0**19, 40
        strip, row, _, u, v = near_curve(random.choice([80, 200]), False)
        if strip == 0:
            continue
        s = Fraction(sigma) * 2**bits
        z = int(s * (strip + number_of(u)) / 32)
        u = digits_of((z + Fraction(1, 2)) / s * 32 - strip, 20)
        f = curve((strip + number_of(u)) / 32, 1500)
        whole, v = divmod((f - Fraction(1, 1 << random.choice([80, 200]))) * WORD / ROW, 1)
        if int(whole) < 0 or not BOXES[FIRST[strip] + int(whole)][2] or BOXES[FIRST[strip] + int(whole)][0] != strip:
            continue
        n = 3 if v and f * WORD**3 - (whole + v) * ROW * WORD**2 > WORD else 6
        words = between(u[:n], digits_of(v, 20)[:n]) + u[n:]
        ask_draw(oracle, sigma, bits, FIRST[strip] + int(whole), u[0], words + random_words(20))
    oracle.check("rounding after the comparison")


def main():
    random.seed(4)
    oracle = Oracle(sys.argv[1])
    check_tables(oracle)
    check_random_draws(oracle)
    check_far_tail(oracle)
    check_near_curve(oracle)
    check_exact_alone(oracle)
    check_rounding(oracle)
    check_rounding_after_digits(oracle)


main()
