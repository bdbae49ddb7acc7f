/* SPDX-License-Identifier: MIT */
/* Messages, numbers, and files: written beside their place, synced, and renamed, as the library
 * does for models. */
#include "output.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void say(const char *format, ...) {
    va_list list;
    va_start(list, format);
    fputs("fluxion: ", stderr);
    vfprintf(stderr, format, list);
    fputc('\n', stderr);
    va_end(list);
}

void number_write(FILE *to, double value, int digits) {
    char text[32];
    fx_write_number(text, sizeof text, value, digits);
    fputs(text, to);
}

static bool output_fail(fx_context *cx, const char *path, int reason) {
    fx_fail(cx, FX_ERR_IO, "cannot write %s: %s", path, strerror(reason));
    return false;
}

static bool output_in_place(const char *path) {
    struct stat info;
    return stat(path, &info) == 0 && !S_ISREG(info.st_mode);
}

bool sink_open(sink *s, fx_context *cx, const char *path) {
    *s = (sink){stdout, path, NULL};
    if (!path || strcmp(path, "-") == 0) return true;
    if (!output_in_place(path)) {
        size_t size = strlen(path) + 32;
        s->temporary = malloc(size);
        if (!s->temporary) return fx_fail(cx, FX_ERR_MEMORY, "no memory for a file name"), false;
        snprintf(s->temporary, size, "%s.tmp.%ld", path, (long)getpid());
    }
    s->to = fopen(s->temporary ? s->temporary : path, "w");
    if (s->to) return true;
    output_fail(cx, path, errno);
    free(s->temporary);
    return false;
}

void sink_drop(sink *s) {
    if (s->to != stdout) fclose(s->to);
    if (s->temporary) remove(s->temporary);
    free(s->temporary);
}

bool sink_close(sink *s, fx_context *cx) {
    if (s->to == stdout) return true;
    errno = 0;
    bool written = fflush(s->to) == 0 && !ferror(s->to);
    if (written && s->temporary)
        written = fsync(fileno(s->to)) == 0 && rename(s->temporary, s->path) == 0;
    if (!written) {
        output_fail(cx, s->path, errno ? errno : EIO);
        sink_drop(s);
        return false;
    }
    fclose(s->to);
    free(s->temporary);
    return true;
}

bool output_check(fx_context *cx, const char *path) {
    if (output_in_place(path)) return true;
    const char *slash = strrchr(path, '/');
    size_t n = slash ? (size_t)(slash - path) + 1 : 0;
    char *folder = malloc(n + 2);
    if (!folder) return fx_fail(cx, FX_ERR_MEMORY, "no memory for a file name"), false;
    memcpy(folder, path, n);
    strcpy(folder + n, ".");
    bool open = access(folder, W_OK | X_OK) == 0;
    int reason = errno;
    free(folder);
    return open || output_fail(cx, path, reason);
}
