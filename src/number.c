/* SPDX-License-Identifier: MIT */
/* Decimal numbers, exactly. Both directions are one long division of integers that fit on the
 * stack: a number is written as digits = value / 10^k, and read as mantissa = decimal / 2^k, each
 * rounded once, to nearest, ties to even (Clinger 1990; Steele and White 1990). The common cases
 * take one floating-point operation instead, where that operation is known to be exact enough.
 *
 * Room: a decimal keeps 768 digits, as many as the midpoint of two doubles can have, and one more
 * that stands for the rest. So 10^769 and 5^1100 (both below 2^2560) bound every integer before a
 * division, which adds 63 bits. */
#include "number.h"

#include <math.h>
#include <string.h>

enum {
    NUMBER_WORDS = 84,
    NUMBER_DIGITS = 768,
    NUMBER_QUOTIENT = 62, /* bits - 1 of the quotient when reading */
};

/* A natural number, least word first, no zero word at the top. */
typedef struct number_big {
    int length;
    uint32_t word[NUMBER_WORDS];
} number_big;

/* A decimal as it stands in a text: digits * 10^exponent, digits being the significant ones. */
typedef struct number_decimal {
    const char *first; /* of the significant digits; a point may stand among them */
    int64_t count;     /* of the significant digits */
    int64_t exponent;
    uint64_t head; /* the first 19 digits */
} number_decimal;

/* What a decimal is rounded to: so many bits, and the exponent of two of the smallest number. */
typedef struct number_format {
    int bits, least;
} number_format;

static const number_format number_double = {53, -1074}, number_float = {24, -149};

static const double number_tens[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                     1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                     1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
enum { NUMBER_EXACT_TEN = 22 }; /* 10^22 is the last that a double holds */

static void number_big_set(number_big *a, uint64_t value) {
    a->word[0] = (uint32_t)value;
    a->word[1] = (uint32_t)(value >> 32);
    a->length = a->word[1] ? 2 : a->word[0] ? 1 : 0;
}

/* a = a * factor + more */
static void number_big_times(number_big *a, uint32_t factor, uint32_t more) {
    uint64_t carry = more;
    for (int i = 0; i < a->length; i++) {
        carry += (uint64_t)a->word[i] * factor;
        a->word[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry) a->word[a->length++] = (uint32_t)carry;
}

static void number_big_times_five(number_big *a, int64_t power) {
    for (; power >= 13; power -= 13) number_big_times(a, 1220703125u, 0);
    for (; power > 0; power--) number_big_times(a, 5, 0);
}

static void number_big_shift(number_big *a, int64_t bits) {
    const int words = (int)(bits / 32);
    if (!a->length) return;
    for (int i = a->length; words && i-- > 0;) a->word[i + words] = a->word[i];
    memset(a->word, 0, (size_t)words * sizeof a->word[0]);
    a->length += words;
    number_big_times(a, (uint32_t)1 << bits % 32, 0);
}

static int64_t number_big_bits(const number_big *a) {
    int64_t bits = 32 * (int64_t)a->length;
    if (!bits) return 0;
    for (uint32_t top = a->word[a->length - 1]; !(top >> 31); top <<= 1) bits--;
    return bits;
}

static int number_big_compare(const number_big *a, const number_big *b) {
    if (a->length != b->length) return a->length < b->length ? -1 : 1;
    for (int i = a->length; i-- > 0;)
        if (a->word[i] != b->word[i]) return a->word[i] < b->word[i] ? -1 : 1;
    return 0;
}

/* a = a - b, where a >= b */
static void number_big_minus(number_big *a, const number_big *b) {
    uint64_t borrow = 0;
    for (int i = 0; i < a->length; i++) {
        const uint64_t subtract = borrow + (i < b->length ? b->word[i] : 0);
        borrow = a->word[i] < subtract;
        a->word[i] = (uint32_t)(a->word[i] - subtract);
    }
    while (a->length && !a->word[a->length - 1]) a->length--;
}

/* floor(a / b), which is below 2^63. Then a : b is twice the remainder : the divisor, so that
 * comparing the two tells how to round. */
static uint64_t number_big_divide(number_big *a, number_big *b) {
    const int64_t shift = number_big_bits(a) - number_big_bits(b);
    uint64_t quotient = 0;
    if (shift > 0) number_big_shift(b, shift);
    for (int64_t i = shift > 0 ? shift : 0; i >= 0; i--) {
        const bool fits = number_big_compare(a, b) >= 0;
        if (fits) number_big_minus(a, b);
        quotient = 2 * quotient + fits;
        number_big_times(a, 2, 0);
    }
    return quotient;
}

static bool number_is_digit(char c) { return c >= '0' && c <= '9'; }

static bool number_word(const char *s, size_t n, const char *word) {
    for (size_t i = 0; i < n; i++)
        if (!word[i] || (s[i] | 0x20) != word[i]) return false;
    return !word[n];
}

/* Reads digits with at most one point from s; where they end, or NULL if there are none. */
static const char *number_scan_digits(const char *s, const char *end, number_decimal *d) {
    bool point = false, any = false;
    for (; s < end; s++) {
        if (*s == '.' && !point) {
            point = true;
            continue;
        }
        if (!number_is_digit(*s)) break;
        any = true;
        d->exponent -= point;
        if (!d->count && *s == '0') continue;
        if (!d->count) d->first = s;
        if (d->count++ < 19) d->head = 10 * d->head + (uint64_t)(*s - '0');
    }
    return any ? s : NULL;
}

/* Reads what follows e; false if it is not an exponent up to the very end. */
static bool number_scan_exponent(const char *s, const char *end, number_decimal *d) {
    const int64_t most = 100000000000000000; /* beyond any number of digits in a text */
    const bool minus = s < end && *s == '-';
    int64_t exponent = 0;
    if (s < end && (*s == '-' || *s == '+')) s++;
    if (s == end) return false;
    for (; s < end; s++) {
        if (!number_is_digit(*s)) return false;
        if (exponent < most) exponent = 10 * exponent + (*s - '0');
    }
    d->exponent += minus ? -exponent : exponent;
    return true;
}

/* The significant digits as one integer. Those beyond what can matter are replaced by a single 1
 * if one of them is not 0: that keeps the number on its side of every midpoint. */
static void number_digits(number_big *a, number_decimal *d) {
    int64_t seen = 0;
    bool more = false;
    number_big_set(a, 0);
    for (const char *s = d->first; seen < d->count; s++) {
        if (*s == '.') continue;
        if (seen++ < NUMBER_DIGITS)
            number_big_times(a, 10, (uint32_t)(*s - '0'));
        else if (*s != '0')
            more = true;
    }
    if (d->count > NUMBER_DIGITS) d->exponent += d->count - NUMBER_DIGITS;
    if (!more) return;
    number_big_times(a, 10, 1);
    d->exponent--;
}

/* quotient * 2^exponent, rounded; the quotient has 62 or 63 bits, the last one sticky. */
static double number_round(uint64_t quotient, int64_t exponent, const number_format *as) {
    int64_t drop = (quotient >> NUMBER_QUOTIENT ? 63 : 62) - as->bits;
    if (exponent + drop < as->least) drop = as->least - exponent;
    if (drop > 63) return 0;
    const uint64_t half = (uint64_t)1 << (drop - 1), low = quotient & (2 * half - 1);
    uint64_t mantissa = quotient >> drop;
    mantissa += low > half || (low == half && mantissa % 2);
    return ldexp((double)mantissa, (int)(exponent + drop));
}

static double number_divide(number_decimal *d, const number_format *as) {
    number_big top, bottom;
    number_digits(&top, d);
    number_big_set(&bottom, 1);
    number_big_times_five(d->exponent < 0 ? &bottom : &top,
                          d->exponent < 0 ? -d->exponent : d->exponent);
    const int64_t shift = number_big_bits(&top) - number_big_bits(&bottom) - NUMBER_QUOTIENT;
    number_big_shift(shift < 0 ? &top : &bottom, shift < 0 ? -shift : shift);
    const uint64_t quotient = number_big_divide(&top, &bottom);
    return number_round(quotient | (top.length > 0), shift + d->exponent, as);
}

static double number_value(number_decimal *d, const number_format *as) {
    const int64_t e = d->exponent;
    if (!d->count) return 0;
    if (e + d->count > 310) return HUGE_VAL;
    if (e + d->count < -325) return 0;
    /* Both operands are exact, so that the one operation rounds once. */
    if (as == &number_double && d->count <= 19 && d->head >> 53 == 0) {
        if (e >= 0 && e <= NUMBER_EXACT_TEN) return (double)d->head * number_tens[e];
        if (e < 0 && e >= -NUMBER_EXACT_TEN) return (double)d->head / number_tens[-e];
    }
    return number_divide(d, as);
}

static bool number_read_unsigned(const char *s, size_t n, const number_format *as, double *value) {
    number_decimal d = {NULL, 0, 0, 0};
    const char *end = s + n;
    if (number_word(s, n, "nan")) return *value = NAN, true;
    if (number_word(s, n, "inf") || number_word(s, n, "infinity")) return *value = HUGE_VAL, true;
    s = number_scan_digits(s, end, &d);
    if (!s) return false;
    if (s < end && ((*s | 0x20) != 'e' || !number_scan_exponent(s + 1, end, &d))) return false;
    *value = number_value(&d, as);
    return true;
}

static bool number_read(const char *s, size_t n, const number_format *as, double *value) {
    const bool sign = n && (*s == '-' || *s == '+');
    *value = 0;
    if (n <= sign || !number_read_unsigned(s + sign, n - sign, as, value)) return false;
    if (*s == '-') *value = -*value;
    return true;
}

bool fx__number_read(const char *s, size_t n, double *value) {
    return number_read(s, n, &number_double, value);
}

/* round(value * 10^power), exactly, for a value that is finite and positive. */
static uint64_t number_scale(double value, int power) {
    int exponent;
    number_big top, bottom;
    if (power >= 0 && power <= NUMBER_EXACT_TEN && value * number_tens[power] < 0x1p52) {
        /* The product is off by half its last place at most, and 1/2 is a multiple of that place:
         * it is on the right side of 1/2 unless it hits it. */
        const double product = value * number_tens[power], whole = floor(product);
        if (product - whole != 0.5) return (uint64_t)whole + (product - whole > 0.5);
    }
    number_big_set(&top, (uint64_t)ldexp(frexp(value, &exponent), 53));
    number_big_set(&bottom, 1);
    number_big_times_five(power < 0 ? &bottom : &top, power < 0 ? -power : power);
    exponent += power - 53;
    number_big_shift(exponent < 0 ? &bottom : &top, exponent < 0 ? -exponent : exponent);
    const uint64_t quotient = number_big_divide(&top, &bottom);
    const int order = number_big_compare(&top, &bottom);
    return quotient + (order > 0 || (order == 0 && quotient % 2));
}

/* The decimal digits of value, as many as digits; *point is where the point stands among them. */
static void number_write_digits(char *out, double value, int digits, int *point) {
    int exponent;
    uint64_t limit = 1;
    for (int i = 0; i < digits; i++) limit *= 10;
    frexp(value, &exponent);
    /* The exponent of ten, or one less: 2^(exponent - 1) <= value. */
    int ten = (int)floor((exponent - 1) * 0.30102999566398120);
    uint64_t integer = number_scale(value, digits - 1 - ten);
    if (integer >= limit) integer = number_scale(value, digits - 1 - ++ten);
    for (int i = digits; i-- > 0; integer /= 10) out[i] = (char)('0' + integer % 10);
    *point = ten + 1;
}

static size_t number_copy(char *out, const char *s, size_t n) {
    memcpy(out, s, n);
    return n;
}

static size_t number_write_fixed(char *out, const char *digits, int count, int point) {
    size_t n = 0;
    if (point <= 0) {
        n += number_copy(out, "0.000", (size_t)(2 - point));
        return n + number_copy(out + n, digits, (size_t)count);
    }
    for (int i = 0; i < count || i < point; i++) {
        if (i == point) out[n++] = '.';
        out[n++] = i < count ? digits[i] : '0';
    }
    return n;
}

static size_t number_write_scientific(char *out, const char *digits, int count, int exponent) {
    const int size = exponent < 0 ? -exponent : exponent;
    size_t n = number_write_fixed(out, digits, count, 1);
    out[n++] = 'e';
    out[n++] = exponent < 0 ? '-' : '+';
    if (size >= 100) out[n++] = (char)('0' + size / 100);
    out[n++] = (char)('0' + size / 10 % 10);
    out[n++] = (char)('0' + size % 10);
    return n;
}

static size_t number_write_positive(char *out, double value, int digits) {
    char all[FX__NUMBER_BYTES];
    int point, count = digits;
    if (isinf(value)) return number_copy(out, "inf", 3);
    if (value == 0) return number_copy(out, "0", 1);
    number_write_digits(all, value, digits, &point);
    while (count > 1 && all[count - 1] == '0') count--;
    if (point - 1 < -4 || point > digits) {
        return number_write_scientific(out, all, count, point - 1);
    }
    return number_write_fixed(out, all, count, point);
}

size_t fx__number_write(char out[FX__NUMBER_BYTES], double value, int digits) {
    size_t n = 0;
    if (isnan(value)) {
        n = number_copy(out, "nan", 3);
    } else {
        if (signbit(value)) out[n++] = '-';
        n += number_write_positive(out + n, fabs(value),
                                   digits < 1    ? 1
                                   : digits > 17 ? 17
                                                 : digits);
    }
    out[n] = '\0';
    return n;
}

/* Whether the text reads back to the value: to the same float both directly and through a double,
 * which round differently close to the midpoint of two floats. */
static bool number_reads_back(const char *s, size_t n, double value, bool single) {
    double back;
    number_read(s, n, &number_double, &back);
    if (!single) return back == value;
    if ((double)(float)back != value) return false;
    number_read(s, n, &number_float, &back);
    return back == value;
}

size_t fx__number_shortest(char out[FX__NUMBER_BYTES], double value, bool single) {
    if (single) value = (double)(float)value;
    /* Every decimal of 15 (6) digits survives a double (float), so one that reads back is what the
     * value has at 15 (6) digits, without its zeros. Subnormal numbers hold fewer. */
    const int most = single ? 9 : 17;
    const bool few = fabs(value) < (single ? 0x1p-126 : 0x1p-1022);
    for (int digits = few ? 1 : single ? 6 : 15; digits < most; digits++) {
        const size_t n = fx__number_write(out, value, digits);
        if (!isfinite(value) || number_reads_back(out, n, value, single)) return n;
    }
    return fx__number_write(out, value, most);
}
