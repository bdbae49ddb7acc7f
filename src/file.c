/* SPDX-License-Identifier: MIT */
/* Whole files in and out, over POSIX calls: stdio would allocate behind the context's back. A file
 * is replaced by writing a temporary one beside it, fsync, close, rename, fsync of the folder;
 * after a crash at any point a reader finds the old bytes or the new ones. */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h> /* rename */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "text.h"

enum {
    FILE_FIRST_BLOCK = 1 << 16, /* for what does not tell its size */
    FILE_PIECE = 1 << 30,       /* some systems refuse more in one call */
    FILE_SUFFIX = 64,           /* ".tmp." and two numbers */
    FILE_ATTEMPTS = 100,
};

/* strerror translates, and may allocate when it does; this table speaks one language. */
static const struct {
    int number;
    const char *text;
} file_reasons[] = {
    {EACCES, "Permission denied"},
    {EAGAIN, "Resource temporarily unavailable"},
    {EBADF, "Bad file descriptor"},
    {EBUSY, "Device or resource busy"},
    {EDQUOT, "Disk quota exceeded"},
    {EEXIST, "File exists"},
    {EFBIG, "File too large"},
    {EINVAL, "Invalid argument"},
    {EIO, "Input/output error"},
    {EISDIR, "Is a directory"},
    {ELOOP, "Too many levels of symbolic links"},
    {EMFILE, "Too many open files"},
    {ENAMETOOLONG, "File name too long"},
    {ENFILE, "Too many open files in system"},
    {ENODEV, "No such device"},
    {ENOENT, "No such file or directory"},
    {ENOMEM, "Cannot allocate memory"},
    {ENOSPC, "No space left on device"},
    {ENOTDIR, "Not a directory"},
    {ENXIO, "No such device or address"},
    {EPERM, "Operation not permitted"},
    {EPIPE, "Broken pipe"},
    {EROFS, "Read-only file system"},
    {ETXTBSY, "Text file busy"},
    {EXDEV, "Invalid cross-device link"},
};

static fx_status file_fail(fx_context *cx, const char *operation, const char *path, int reason) {
    for (size_t i = 0; i < sizeof file_reasons / sizeof *file_reasons; i++)
        if (file_reasons[i].number == reason)
            return fx_fail(cx, FX_ERR_IO, "cannot %s %s: %s", operation, path,
                           file_reasons[i].text);
    return fx_fail(cx, FX_ERR_IO, "cannot %s %s: system error %d", operation, path, reason);
}

/* An empty path would name a temporary file all the same. */
static bool file_named(fx_context *cx, const char *operation, const char *path) {
    if (path && *path) return true;
    fx_fail(cx, FX_ERR_ARGUMENT, "cannot %s a file: its path is %s", operation,
            path ? "empty" : "NULL");
    return false;
}

static int file_open(const char *path, int flags, mode_t mode) {
    int fd;
    do fd = open(path, flags | O_CLOEXEC | O_NOCTTY, mode);
    while (fd < 0 && errno == EINTR);
    return fd;
}

static bool file_close(int fd) {
    return close(fd) == 0 || errno == EINTR; /* interrupted, it is closed all the same */
}

const char *fx__file_name(const char *path) {
    return strcmp(path, "-") == 0 ? "standard input" : path;
}

/* Room for one byte more than a regular file has: the read that finds the end needs a byte too. */
static int64_t file_first_block(const struct stat *info) {
    if (!S_ISREG(info->st_mode) || info->st_size < FILE_FIRST_BLOCK) return FILE_FIRST_BLOCK;
    return info->st_size < INT64_MAX ? (int64_t)info->st_size + 1 : INT64_MAX;
}

/* Reads to the end. *used and *capacity are right after a failure too. */
static bool file_read_all(fx_context *cx, int fd, const char *path, char **block, int64_t *capacity,
                          size_t *used) {
    struct stat info;
    if (fstat(fd, &info) != 0) return file_fail(cx, "read", path, errno), false;
    if (S_ISDIR(info.st_mode)) return file_fail(cx, "read", path, EISDIR), false;
    if (!fx__grow(cx, block, capacity, file_first_block(&info), 1)) return false;
    for (;;) {
        if (*used == (size_t)*capacity && !fx__grow(cx, block, capacity, *capacity + 1, 1))
            return false;
        size_t room = (size_t)*capacity - *used;
        ssize_t got = read(fd, *block + *used, room < FILE_PIECE ? room : FILE_PIECE);
        if (got == 0) return true;
        if (got > 0)
            *used += (size_t)got;
        else if (errno != EINTR)
            return file_fail(cx, "read", path, errno), false;
    }
}

bool fx__file_read(fx_context *cx, const char *path, char **bytes, size_t *n, size_t *held) {
    *bytes = NULL, *n = *held = 0;
    if (!file_named(cx, "read", path)) return false;
    bool standard = strcmp(path, "-") == 0;
    int fd = standard ? STDIN_FILENO : file_open(path, O_RDONLY, 0);
    if (fd < 0) return file_fail(cx, "open", path, errno), false;

    char *block = NULL;
    int64_t capacity = 0;
    bool read = file_read_all(cx, fd, fx__file_name(path), &block, &capacity, n);
    if (!standard) file_close(fd);
    if (!read) {
        fx__free(cx, block, (size_t)capacity);
        return *n = 0, false;
    }
    *bytes = block, *held = (size_t)capacity;
    return true;
}

static bool file_write_all(int fd, const char *bytes, size_t n) {
    while (n) {
        ssize_t wrote = write(fd, bytes, n < FILE_PIECE ? n : FILE_PIECE);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote == 0) errno = EIO;
        if (wrote <= 0) return false;
        bytes += wrote, n -= (size_t)wrote;
    }
    return true;
}

static bool file_sync(int fd) {
    int result;
    do result = fsync(fd);
    while (result != 0 && errno == EINTR);
    return result == 0;
}

/* A folder that cannot be opened, or whose file system has no fsync for it, counts as synced:
 * there is nothing more to be done. Cuts name at its last slash. */
static bool file_sync_folder(char *name) {
    char *slash = strrchr(name, '/');
    if (slash) slash[slash == name] = '\0';
    int fd = file_open(slash ? name : ".", O_RDONLY | O_DIRECTORY, 0);
    if (fd < 0) return true;
    bool synced = file_sync(fd) || errno == EINVAL;
    int reason = errno;
    file_close(fd);
    errno = reason;
    return synced;
}

/* Creates path.tmp.PID. Process numbers come back, so what a killed process left is stepped over
 * with a second number. */
static int file_create_beside(const char *path, char *name, size_t size, mode_t mode) {
    int fd = -1;
    for (int i = 0; i < FILE_ATTEMPTS && fd < 0; i++) {
        fx__text text = fx__text_in(name, size);
        fx__put(&text, path);
        fx__put(&text, ".tmp.");
        fx__put_int(&text, (int64_t)getpid());
        if (i) fx__put(&text, "."), fx__put_int(&text, i);
        fd = file_open(name, O_WRONLY | O_CREAT | O_EXCL, mode);
        if (fd < 0 && errno != EEXIST) break;
    }
    return fd;
}

/* Writes, syncs and closes: NULL, or the operation that failed, with errno. */
static const char *file_fill(int fd, const void *bytes, size_t n) {
    const char *failed = NULL;
    if (!file_write_all(fd, bytes, n))
        failed = "write";
    else if (!file_sync(fd))
        failed = "sync";
    int reason = errno;
    if (!file_close(fd) && !failed) return "close";
    errno = reason;
    return failed;
}

static fx_status file_replace(fx_context *cx, const char *path, const void *bytes, size_t n,
                              const struct stat *old) {
    const size_t size = strlen(path) + FILE_SUFFIX;
    char *name = fx__alloc(cx, size);
    if (!name) return FX_ERR_MEMORY;

    const char *failed = NULL;
    int fd = file_create_beside(path, name, size, old ? old->st_mode & 0777 : 0666);
    if (fd < 0) {
        failed = "create a temporary file beside";
    } else {
        /* The umask may have narrowed the mode; where it cannot be widened again, narrow is safe.
         */
        if (old) (void)fchmod(fd, old->st_mode & 0777);
        failed = file_fill(fd, bytes, n);
        if (!failed && rename(name, path) != 0) failed = "rename the temporary file to";
        int reason = errno;
        if (failed) unlink(name);
        errno = reason;
        if (!failed && !file_sync_folder(name)) failed = "sync the folder of";
    }
    int reason = errno;
    fx__free(cx, name, size);
    return failed ? file_fail(cx, failed, path, reason) : FX_OK;
}

/* The descriptor under which the process already writes to this file, or -1. */
static int file_standard(const struct stat *info) {
    for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++) {
        struct stat standard;
        if (fstat(fd, &standard) == 0 && standard.st_dev == info->st_dev &&
            standard.st_ino == info->st_ino)
            return fd;
    }
    return -1;
}

static fx_status file_write_through(fx_context *cx, const char *path, const void *bytes, size_t n,
                                    int standard) {
    int fd = standard >= 0 ? standard : file_open(path, O_WRONLY, 0);
    if (fd < 0) return file_fail(cx, "open", path, errno);
    const char *failed = file_write_all(fd, bytes, n) ? NULL : "write";
    int reason = errno;
    if (standard < 0 && !file_close(fd) && !failed) failed = "close", reason = errno;
    return failed ? file_fail(cx, failed, path, reason) : FX_OK;
}

fx_status fx__file_write(fx_context *cx, const char *path, const void *bytes, size_t n) {
    if (fx_error(cx)) return fx_error(cx);
    if (!file_named(cx, "write", path)) return FX_ERR_ARGUMENT;
    struct stat old;
    if (stat(path, &old) != 0) return file_replace(cx, path, bytes, n, NULL);
    int standard = file_standard(&old);
    if (standard >= 0 || !S_ISREG(old.st_mode))
        return file_write_through(cx, path, bytes, n, standard);
    return file_replace(cx, path, bytes, n, &old);
}
