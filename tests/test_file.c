/* SPDX-License-Identifier: MIT */
/* Whole files in and out: what is read, what a failure leaves behind, what is not replaced. */
#include "file.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support.h"

/* A folder of the test's own, and paths in it. */
static char folder[64];

static const char *at(const char *name) {
    static char paths[4][256];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof *paths, "%s/%s", folder, name);
    return path;
}

static void enter(void) {
    strcpy(folder, "/tmp/fluxion-XXXXXX");
    CHECK(mkdtemp(folder));
}

/* The entries of the folder; with clean, they are removed, and the folder. */
static int entries(bool clean) {
    int count = 0;
    DIR *dir = opendir(folder);
    CHECK(dir);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        if (entry->d_name[0] == '.') continue;
        count++;
        if (clean) unlink(at(entry->d_name));
    }
    closedir(dir);
    if (clean) rmdir(folder);
    return count;
}

static void put(const char *path, const char *bytes, size_t n) {
    FILE *file = fopen(path, "wb");
    CHECK(file && fwrite(bytes, 1, n, file) == n && fclose(file) == 0);
}

static void check_content(fx_context *cx, const char *path, const char *bytes, size_t n) {
    char *read;
    size_t count, held;
    CHECK_THAT(fx__file_read(cx, path, &read, &count, &held), "%s", fx_error_text(cx));
    CHECK(count == n && held >= n && (n == 0 || memcmp(read, bytes, n) == 0));
    fx__free(cx, read, held);
}

static void check_refused(fx_context *cx, const char *text) {
    CHECK_TEXT(fx_error_text(cx), text);
    fx_clear(cx);
}

static const char *said(const char *format, const char *path) {
    static char text[400];
    const char *hole = strchr(format, '@');
    snprintf(text, sizeof text, "%.*s%s%s", (int)(hole - format), format, path, hole + 1);
    return text;
}

static char *pattern(size_t n) {
    char *bytes = malloc(n + 1);
    CHECK(bytes);
    for (size_t i = 0; i < n; i++) bytes[i] = (char)(i * 31 + i / 251);
    return bytes;
}

FX_TEST(file, reads_files_of_all_sizes) {
    static const size_t sizes[] = {0, 1, 65535, 65536, 65537, 200000};
    fx_context *cx = test_context();
    char *bytes = pattern(200000);
    enter();
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        put(at("data"), bytes, sizes[i]);
        check_content(cx, at("data"), bytes, sizes[i]);
    }
    free(bytes);
    CHECK(entries(true) == 1);
}

typedef struct feed {
    int fd;
    const char *bytes;
    size_t n;
} feed;

static void *feed_run(void *argument) {
    feed *f = argument;
    while (f->n) {
        const ssize_t wrote = write(f->fd, f->bytes, f->n < 999 ? f->n : 999);
        if (wrote <= 0) break;
        f->bytes += wrote, f->n -= (size_t)wrote;
    }
    close(f->fd);
    return NULL;
}

/* Reads n bytes through a pipe as standard input; with fail, the second block cannot be had. */
static void check_pipe(fx_context *cx, const char *bytes, size_t n, bool fail) {
    const int saved = dup(STDIN_FILENO);
    int ends[2];
    pthread_t thread;
    CHECK(pipe(ends) == 0 && dup2(ends[0], STDIN_FILENO) == STDIN_FILENO && close(ends[0]) == 0);
    feed f = {ends[1], bytes, n};
    CHECK(pthread_create(&thread, NULL, feed_run, &f) == 0);
    char *read;
    size_t count = 7, held = 7;
    fx_fail_request(cx, fail ? 2 : 0, false);
    const bool got = fx__file_read(cx, "-", &read, &count, &held);
    fx_fail_request(cx, 0, false);
    pthread_join(thread, NULL);
    close(STDIN_FILENO);
    CHECK(got == !fail && fx_error(cx) == (fail ? FX_ERR_MEMORY : FX_OK));
    CHECK(got ? count == n && memcmp(read, bytes, n) == 0 : !read && !count && !held);
    fx__free(cx, read, held);
    fx_clear(cx);
    CHECK(!fx__file_read(cx, "-", &read, &count, &held));
    check_refused(cx, "cannot read standard input: Bad file descriptor");
    if (saved >= 0) {
        dup2(saved, STDIN_FILENO);
        close(saved);
    }
}

FX_TEST(file, reads_a_pipe_as_standard_input) {
    fx_context *cx = test_context();
    char *bytes = pattern(300000);
    check_pipe(cx, bytes, 0, false);
    check_pipe(cx, bytes, 300000, false);
    check_pipe(cx, bytes, 65536, true); /* all of the first block, and no more */
    free(bytes);
}

FX_TEST(file, says_why_it_cannot_read) {
    static const char *const cases[][2] = {
        {"none.csv", "cannot open @: No such file or directory"},
        {"file/none.csv", "cannot open @: Not a directory"},
        {"", "cannot read @: Is a directory"},
    };
    fx_context *cx = test_context();
    enter();
    put(at("file"), "x", 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *bytes = folder;
        size_t n = 7, held = 7;
        CHECK(!fx__file_read(cx, at(cases[i][0]), &bytes, &n, &held));
        CHECK(!bytes && !n && !held && fx_error(cx) == FX_ERR_IO);
        check_refused(cx, said(cases[i][1], at(cases[i][0])));
    }
    char *bytes;
    size_t n, held;
    CHECK(!fx__file_read(cx, NULL, &bytes, &n, &held) && fx_error(cx) == FX_ERR_ARGUMENT);
    check_refused(cx, "cannot read a file: its path is NULL");
    CHECK(!fx__file_read(cx, "", &bytes, &n, &held) && fx_error(cx) == FX_ERR_ARGUMENT);
    check_refused(cx, "cannot read a file: its path is empty");
    CHECK(entries(true) == 1);
}

FX_TEST(file, replaces_a_file_and_keeps_its_mode) {
    fx_context *cx = test_context();
    struct stat info;
    enter();
    const mode_t mask = umask(027);
    CHECK(fx__file_write(cx, at("data"), "first", 5) == FX_OK);
    CHECK(stat(at("data"), &info) == 0 && (info.st_mode & 07777) == 0640);
    check_content(cx, at("data"), "first", 5);
    CHECK(chmod(at("data"), 0606) == 0);
    CHECK(fx__file_write(cx, at("data"), "the second", 10) == FX_OK);
    CHECK(stat(at("data"), &info) == 0 && (info.st_mode & 07777) == 0606);
    check_content(cx, at("data"), "the second", 10);
    CHECK(fx__file_write(cx, at("data"), NULL, 0) == FX_OK);
    check_content(cx, at("data"), "", 0);
    umask(mask);

    put(at("aim"), "aim", 3);
    CHECK(symlink("aim", at("link")) == 0);
    CHECK(fx__file_write(cx, at("link"), "new", 3) == FX_OK);
    check_content(cx, at("aim"), "aim", 3);
    check_content(cx, at("link"), "new", 3);
    CHECK(entries(true) == 3);
}

FX_TEST(file, writes_a_name_without_a_folder) {
    fx_context *cx = test_context();
    char here[512];
    enter();
    CHECK(getcwd(here, sizeof here) && chdir(folder) == 0);
    const fx_status status = fx__file_write(cx, "data", "abc", 3);
    CHECK(chdir(here) == 0 && status == FX_OK);
    check_content(cx, at("data"), "abc", 3);
    CHECK(entries(true) == 1);
}

/* A dash is standard input where a file is read, and a name where one is written. */
FX_TEST(file, a_dash_is_written_under_its_name) {
    fx_context *cx = test_context();
    char here[512];
    enter();
    CHECK(mkdir(at("-"), 0700) == 0);
    CHECK(getcwd(here, sizeof here) && chdir(folder) == 0);
    const fx_status status = fx__file_write(cx, "-", "abc", 3);
    CHECK(chdir(here) == 0 && rmdir(at("-")) == 0 && status == FX_ERR_IO);
    check_refused(cx, "cannot open -: Is a directory");
    CHECK(entries(true) == 0);
}

FX_TEST(file, says_why_it_cannot_write) {
    static const char *const cases[][2] = {
        {"file/data", "cannot create a temporary file beside @: Not a directory"},
        {"none/data", "cannot create a temporary file beside @: No such file or directory"},
        {"", "cannot open @: Is a directory"},
    };
    fx_context *cx = test_context();
    enter();
    put(at("file"), "x", 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK(fx__file_write(cx, at(cases[i][0]), "new", 3) == FX_ERR_IO);
        check_refused(cx, said(cases[i][1], at(cases[i][0])));
    }
    CHECK(fx__file_write(cx, "", "new", 3) == FX_ERR_ARGUMENT);
    check_refused(cx, "cannot write a file: its path is empty");
    CHECK(fx__file_write(cx, NULL, "new", 3) == FX_ERR_ARGUMENT);
    check_refused(cx, "cannot write a file: its path is NULL");
    if (access("/dev/full", W_OK) == 0) {
        CHECK(fx__file_write(cx, "/dev/full", "new", 3) == FX_ERR_IO);
        check_refused(cx, "cannot write /dev/full: No space left on device");
    }
    CHECK(entries(true) == 1);
}

FX_TEST(file, a_failed_write_leaves_the_old_file) {
    fx_context *cx = test_context();
    char *bytes = pattern(100000);
    enter();
    put(at("data"), "old", 3);
    struct rlimit limit, low;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    CHECK(getrlimit(RLIMIT_FSIZE, &limit) == 0);
    low = limit;
    low.rlim_cur = 5000;
    CHECK(setrlimit(RLIMIT_FSIZE, &low) == 0);
    const fx_status status = fx__file_write(cx, at("data"), bytes, 100000);
    CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    signal(SIGXFSZ, handler);
    CHECK(status == FX_ERR_IO);
    CHECK_TEXT(fx_error_text(cx), said("cannot write @: File too large", at("data")));
    CHECK(fx__file_write(cx, at("data"), bytes, 100000) == FX_ERR_IO); /* inert */
    fx_clear(cx);
    check_content(cx, at("data"), "old", 3);
    CHECK(entries(false) == 1);

    fx_fail_request(cx, 1, true);
    CHECK(fx__file_write(cx, at("data"), bytes, 100000) == FX_ERR_MEMORY);
    fx_fail_request(cx, 0, false);
    fx_clear(cx);
    check_content(cx, at("data"), "old", 3);
    CHECK(fx__file_write(cx, at("data"), bytes, 100000) == FX_OK);
    check_content(cx, at("data"), bytes, 100000);
    free(bytes);
    CHECK(entries(true) == 1);
}

FX_TEST(file, steps_over_what_a_killed_process_left) {
    fx_context *cx = test_context();
    char name[64];
    enter();
    snprintf(name, sizeof name, "data.tmp.%ld", (long)getpid());
    put(at(name), "stale", 5);
    CHECK(fx__file_write(cx, at("data"), "new", 3) == FX_OK);
    check_content(cx, at("data"), "new", 3);
    check_content(cx, at(name), "stale", 5);
    CHECK(entries(false) == 2);
    for (int i = 1; i < 100; i++) {
        snprintf(name, sizeof name, "data.tmp.%ld.%d", (long)getpid(), i);
        put(at(name), "stale", 5);
    }
    CHECK(fx__file_write(cx, at("data"), "newer", 5) == FX_ERR_IO);
    check_refused(cx, said("cannot create a temporary file beside @: File exists", at("data")));
    check_content(cx, at("data"), "new", 3);
    CHECK(entries(true) == 101);
}

FX_TEST(file, writes_through_what_cannot_be_replaced) {
    fx_context *cx = test_context();
    struct stat info;
    char got[8] = "";
    enter();
    CHECK(mkfifo(at("pipe"), 0600) == 0);
    const int reader = open(at("pipe"), O_RDONLY | O_NONBLOCK);
    CHECK(reader >= 0 && fx__file_write(cx, at("pipe"), "abc", 3) == FX_OK);
    CHECK(read(reader, got, sizeof got) == 3 && memcmp(got, "abc", 3) == 0 && close(reader) == 0);
    CHECK(stat(at("pipe"), &info) == 0 && S_ISFIFO(info.st_mode));

    /* Standard output that goes to a file: the file goes on where it is, before and after. */
    const int saved = dup(STDOUT_FILENO), file = open(at("out"), O_WRONLY | O_CREAT, 0600);
    fflush(stdout);
    CHECK(saved >= 0 && file >= 0 && dup2(file, STDOUT_FILENO) == STDOUT_FILENO);
    const bool before = write(STDOUT_FILENO, "a", 1) == 1;
    const fx_status status = fx__file_write(cx, at("out"), "bc", 2);
    const bool after = write(STDOUT_FILENO, "d", 1) == 1;
    dup2(saved, STDOUT_FILENO);
    close(saved);
    close(file);
    CHECK(before && after && status == FX_OK);
    check_content(cx, at("out"), "abcd", 4);
    CHECK(entries(true) == 2);
}

FX_TEST(file, reading_survives_any_failed_allocation) {
    fx_context *cx = test_context();
    char *bytes = pattern(200000), *read;
    size_t n, held;
    enter();
    put(at("data"), bytes, 200000);
    const size_t empty = fx_context_memory(cx).bytes;
    int64_t failures = 0;
    for (int64_t i = 1;; i++, failures++) {
        fx_fail_request(cx, i, false);
        const bool ok = fx__file_read(cx, at("data"), &read, &n, &held);
        fx_fail_request(cx, 0, false);
        if (ok) break;
        CHECK(fx_error(cx) == FX_ERR_MEMORY && fx_context_memory(cx).bytes == empty);
        fx_clear(cx);
    }
    CHECK(failures > 0 && n == 200000);
    fx__free(cx, read, held);
    free(bytes);
    CHECK(entries(true) == 1);
}
