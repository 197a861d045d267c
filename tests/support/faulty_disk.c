/* A disk that fails on order, put between a program and its files by LD_PRELOAD. Only files whose path starts with
 * FAULT_FILES are touched. FAULT says how:
 *
 *   eio:K      the K-th write or sync fails with EIO, once; the next ones succeed, which is what makes a retried sync lie
 *   back:K     the same, counting only those of the file FAULT_FILES itself, not of what lies beside it
 *   cut:K:S    at the K-th write or sync the power fails: every write since the file's last sync is lost, kept, or kept
 *              up to some sector, at random (seed S), and the process is gone
 *   full:N     writes that would make the files larger than N bytes fail with ENOSPC while the file FAULT_ROOM is missing
 *
 * Every write or sync after one that failed with EIO adds a byte to the file FAULT_AFTER.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct change {
    struct change *before;
    char path[PATH_MAX];
    off_t at, length_before;
    size_t old_size, new_size; /* a change of length alone has no bytes */
    off_t length_after;
    char *old_bytes, *new_bytes;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct change *unsynced;
static long count;
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static int (*real_fsync)(int), (*real_fdatasync)(int), (*real_ftruncate)(int, off_t);
static int (*real_unlink)(const char *);

static void find(void) {
    if (real_write) return;
    real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
    real_fsync = dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    real_ftruncate = dlsym(RTLD_NEXT, "ftruncate64");
    real_unlink = dlsym(RTLD_NEXT, "unlink");
    real_write = dlsym(RTLD_NEXT, "write");
}

/* The path behind `fd`, if it is one of ours; shared memory of the WAL index is rebuilt after a crash and left alone. */
static int ours(int fd, char *path) {
    const char *prefix = getenv("FAULT_FILES");
    char link[64];
    if (!prefix) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, PATH_MAX - 1);
    if (n < 0) return 0;
    path[n] = 0;
    return !strncmp(path, prefix, strlen(prefix)) && !strstr(path, "-shm") && !strstr(path, ".lock");
}

static off_t length(int fd) {
    struct stat s;
    return fstat(fd, &s) ? 0 : s.st_size;
}

static void remember(int fd, const char *path, const void *bytes, size_t size, off_t at, off_t length_after) {
    struct change *c = calloc(1, sizeof *c);
    strcpy(c->path, path);
    c->at = at;
    c->length_before = length(fd);
    c->length_after = length_after;
    c->new_size = size;
    c->new_bytes = malloc(size + 1);
    if (size) memcpy(c->new_bytes, bytes, size);
    off_t until = size ? at + (off_t)size : c->length_before;
    if (until > c->length_before) until = c->length_before;
    if (until > at) {
        /* The descriptor may be open for writing only. */
        int in = open(path, O_RDONLY);
        c->old_bytes = malloc(until - at);
        ssize_t n = pread(in, c->old_bytes, until - at, at);
        c->old_size = n > 0 ? n : 0;
        close(in);
    }
    c->before = unsynced;
    unsynced = c;
}

static void forget(const char *path) {
    struct change **at = &unsynced;
    while (*at) {
        struct change *c = *at;
        if (!strcmp(c->path, path)) {
            *at = c->before;
            free(c->old_bytes), free(c->new_bytes), free(c);
        } else
            at = &c->before;
    }
}

/* Back to what was synced, newest change first; then every change happens again or not, oldest first. */
static void cut(unsigned seed) {
    struct change *oldest = NULL;
    srand(seed);
    for (struct change *c = unsynced, *next; c; c = next) {
        next = c->before;
        int out = open(c->path, O_WRONLY);
        real_ftruncate(out, c->length_before);
        if (c->old_size) real_pwrite(out, c->old_bytes, c->old_size, c->at);
        close(out);
        c->before = oldest;
        oldest = c;
    }
    for (struct change *c = oldest; c; c = c->before) {
        if (rand() % 2) continue;
        int out = open(c->path, O_WRONLY);
        size_t kept = rand() % 4 ? c->new_size : rand() % (c->new_size / 512 + 1) * 512;
        if (c->new_size) real_pwrite(out, c->new_bytes, kept, c->at);
        else real_ftruncate(out, c->length_after);
        close(out);
    }
    _exit(99);
}

/* Whether the K-th operation is this one and fails; does not come back from a power cut. */
static int fails(const char *path) {
    const char *fault = getenv("FAULT"), *after = getenv("FAULT_AFTER");
    long k = 0;
    unsigned seed = 0;
    if (fault && sscanf(fault, "back:%ld", &k) == 1) {
        if (!strcmp(path, getenv("FAULT_FILES")) && ++count == k) return 1;
    } else {
        count++;
        if (fault && sscanf(fault, "eio:%ld", &k) == 1 && count == k) return 1;
    }
    if (k && count >= k && after) {
        int out = open(after, O_WRONLY | O_CREAT | O_APPEND, 0600);
        real_write(out, ".", 1);
        close(out);
    }
    if (fault && sscanf(fault, "cut:%ld:%u", &k, &seed) == 2 && count == k) cut(seed);
    return 0;
}

static int full(off_t end) {
    const char *fault = getenv("FAULT"), *room = getenv("FAULT_ROOM");
    long most = 0;
    if (!fault || sscanf(fault, "full:%ld", &most) != 1) return 0;
    return end > most && !(room && !access(room, F_OK));
}

static ssize_t write_at(int fd, const char *path, const void *bytes, size_t size, off_t at) {
    pthread_mutex_lock(&lock);
    ssize_t n = -1;
    if (fails(path)) errno = EIO;
    else if (at + (off_t)size > length(fd) && full(at + size)) errno = ENOSPC;
    else {
        remember(fd, path, bytes, size, at, 0);
        n = real_pwrite(fd, bytes, size, at);
    }
    pthread_mutex_unlock(&lock);
    return n;
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off_t at) {
    char path[PATH_MAX];
    find();
    return ours(fd, path) ? write_at(fd, path, bytes, size, at) : real_pwrite(fd, bytes, size, at);
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t at) { return pwrite64(fd, bytes, size, at); }

ssize_t write(int fd, const void *bytes, size_t size) {
    char path[PATH_MAX];
    find();
    if (!ours(fd, path)) return real_write(fd, bytes, size);
    off_t at = lseek(fd, 0, SEEK_CUR);
    ssize_t n = write_at(fd, path, bytes, size, at);
    if (n > 0) lseek(fd, at + n, SEEK_SET);
    return n;
}

static int synced(int fd, int (*real)(int)) {
    char path[PATH_MAX];
    if (!ours(fd, path)) return real(fd);
    pthread_mutex_lock(&lock);
    int result = -1;
    if (fails(path)) errno = EIO;
    else if (!(result = real(fd))) forget(path);
    pthread_mutex_unlock(&lock);
    return result;
}

int fsync(int fd) { find(); return synced(fd, real_fsync); }
int fdatasync(int fd) { find(); return synced(fd, real_fdatasync); }

int ftruncate64(int fd, off_t to) {
    char path[PATH_MAX];
    find();
    if (!ours(fd, path)) return real_ftruncate(fd, to);
    pthread_mutex_lock(&lock);
    int result = -1;
    if (fails(path)) errno = EIO;
    else {
        remember(fd, path, NULL, 0, to, to);
        result = real_ftruncate(fd, to);
    }
    pthread_mutex_unlock(&lock);
    return result;
}

int ftruncate(int fd, off_t to) { return ftruncate64(fd, to); }

/* A file that is gone has nothing to lose. */
int unlink(const char *path) {
    find();
    pthread_mutex_lock(&lock);
    forget(path);
    pthread_mutex_unlock(&lock);
    return real_unlink(path);
}
