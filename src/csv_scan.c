/* SPDX-License-Identifier: MIT */
/* Splits a CSV text into fields: RFC 4180, and what people have.
 *
 * LF, CRLF and CR end a line; blanks around a field do not count, so a line of blanks is empty; a
 * quote opens a quoted field only at its beginning and is an ordinary character elsewhere. Nothing
 * is copied and every byte is looked at once, so hostile texts cost no more than others. */
#include <string.h>

#include "csv_scan.h"

static bool csv_blank(const fx__csv_scan *s, char c) {
    return (c == ' ' || c == '\t') && c != s->separator;
}

static bool csv_break(char c) { return c == '\n' || c == '\r'; }

static const char *csv_skip_blanks(const fx__csv_scan *s, const char *p) {
    while (p < s->end && csv_blank(s, *p)) p++;
    return p;
}

/* Past the line break at p. */
static const char *csv_new_line(fx__csv_scan *s, const char *p) {
    p += p[0] == '\r' && p + 1 < s->end && p[1] == '\n' ? 2 : 1;
    s->line_start = p;
    s->line++;
    return p;
}

/* The separator of a line, by the number of times each occurs outside quotes. */
static char csv_find_separator(const char *p, const char *end, bool no_header) {
    size_t commas = 0, semicolons = 0, tabs = 0;
    bool quoted = false;
    for (; p < end && (quoted || !csv_break(*p)); p++) {
        if (*p == '"') quoted = !quoted;
        if (quoted) continue;
        commas += *p == ',';
        semicolons += *p == ';';
        tabs += *p == '\t';
    }
    if (no_header && semicolons) return ';';
    if (tabs > commas && tabs > semicolons) return '\t';
    return semicolons > commas ? ';' : ',';
}

static bool csv_refuse_nul(fx__csv_scan scan) {
    const char *nul = memchr(scan.at, '\0', (size_t)(scan.end - scan.at));
    if (!nul) return true;
    for (const char *p = scan.at; p < nul;) p = csv_break(*p) ? csv_new_line(&scan, p) : p + 1;
    fx_fail(scan.cx, FX_ERR_FORMAT, "%s:%lld:%lld: a NUL byte; save the file as UTF-8 text",
            scan.source, (long long)scan.line, (long long)(nul - scan.line_start + 1));
    return false;
}

bool fx__csv_start(fx__csv_scan *scan, fx_context *cx, const char *text, size_t n,
                   const char *source, char separator, bool no_header) {
    static const char mark[] = "\xEF\xBB\xBF";
    const bool marked = n >= 3 && memcmp(text, mark, 3) == 0;
    const char *start = marked ? text + 3 : text;
    *scan = (fx__csv_scan){cx, source, start, text + n, start, 1, separator};
    if (!n) return true;
    if (!csv_refuse_nul(*scan)) return false;
    fx__csv_scan first = *scan;
    if (!separator && fx__csv_more(&first))
        scan->separator = csv_find_separator(first.at, first.end, no_header);
    return true;
}

bool fx__csv_more(fx__csv_scan *s) {
    while (s->at < s->end) {
        const char *p = csv_skip_blanks(s, s->at);
        if (p == s->end) break;
        if (!csv_break(*p)) return true;
        s->at = csv_new_line(s, p);
    }
    s->at = s->end;
    return false;
}

/* The text of a field from its opening quote at p; what follows its closing quote, or NULL. */
static const char *csv_quoted(fx__csv_scan *s, const char *p, fx__csv_field *field) {
    field->text = ++p;
    while (p < s->end) {
        if (csv_break(*p)) {
            p = csv_new_line(s, p);
        } else if (*p != '"') {
            p++;
        } else if (p + 1 < s->end && p[1] == '"') {
            field->doubled = true;
            p += 2;
        } else {
            field->n = (size_t)(p - field->text);
            return p + 1;
        }
    }
    fx_fail(s->cx, FX_ERR_FORMAT, "%s:%lld:%lld: quote is never closed", s->source,
            (long long)field->line, (long long)field->column);
    return NULL;
}

static const char *csv_unquoted(const fx__csv_scan *s, const char *p, fx__csv_field *field) {
    field->text = p;
    while (p < s->end && *p != s->separator && !csv_break(*p)) p++;
    const char *last = p;
    while (last > field->text && csv_blank(s, last[-1])) last--;
    field->n = (size_t)(last - field->text);
    return p;
}

bool fx__csv_next(fx__csv_scan *s, fx__csv_field *field) {
    const char *p = csv_skip_blanks(s, s->at);
    *field = (fx__csv_field){p, 0, s->line, p - s->line_start + 1, false, true};
    const bool quoted = p < s->end && *p == '"';
    p = quoted ? csv_quoted(s, p, field) : csv_unquoted(s, p, field);
    if (!p) return false;
    p = csv_skip_blanks(s, p);
    if (p < s->end && csv_break(*p)) {
        p = csv_new_line(s, p);
    } else if (p < s->end && *p == s->separator) {
        field->last = false;
        p++;
    } else if (p < s->end) {
        fx_fail(s->cx, FX_ERR_FORMAT,
                "%s:%lld:%lld: text after a closing quote; a quote inside quotes is written \"\"",
                s->source, (long long)s->line, (long long)(p - s->line_start + 1));
        return false;
    }
    s->at = p;
    return true;
}

size_t fx__csv_unquote(const fx__csv_field *field, char *out) {
    size_t n = 0;
    for (size_t i = 0; i < field->n; i++) {
        out[n++] = field->text[i];
        if (field->doubled && field->text[i] == '"') i++;
    }
    out[n] = '\0';
    return n;
}

void fx__csv_excerpt(char out[FX__EXCERPT_BYTES], const char *s, size_t n) {
    enum { ROOM = FX__EXCERPT_BYTES - 4 };
    size_t keep = n;
    if (n > ROOM) {
        keep = ROOM;
        while (keep && ((unsigned char)s[keep] & 0xC0) == 0x80) keep--;
    }
    for (size_t i = 0; i < keep; i++)
        out[i] = (unsigned char)s[i] < ' ' || s[i] == 0x7F ? ' ' : s[i];
    memcpy(out + keep, n > keep ? "..." : "", n > keep ? 4 : 1);
}
