/* LD_PRELOAD: a quota that is reached when a test says so. TRANCHE_TEST_QUOTA names a file; while it exists, writes to
 * files whose path has each of its lines in it fail with EDQUOT. TRANCHE_TEST_QUOTA_LIMIT="USED LIMIT", in bytes: what
 * the kernel answers when it is asked for a user's quota. Everything else is the C library's. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/quota.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static int over_quota(int file) {
  const char* flag = getenv("TRANCHE_TEST_QUOTA");
  struct stat facts;
  if (flag == NULL || stat(flag, &facts) != 0 || fstat(file, &facts) != 0 || !S_ISREG(facts.st_mode)) return 0;
  char link[64];
  char path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  const ssize_t length = readlink(link, path, sizeof path - 1);
  FILE* text = length < 0 ? NULL : fopen(flag, "r");
  if (text == NULL) return 0;
  path[length] = '\0';
  int all = 1;
  char words[256];
  while (fgets(words, sizeof words, text) != NULL) {
    words[strcspn(words, "\n")] = '\0';
    all = all && strstr(path, words) != NULL;
  }
  fclose(text);
  return all;
}

#define REFUSE_IF_OVER(type, name, parameters, arguments)                \
  type name parameters {                                                 \
    static type(*real) parameters;                                       \
    if (real == NULL) *(void**)&real = dlsym(RTLD_NEXT, #name);          \
    if (over_quota(file)) {                                              \
      errno = EDQUOT;                                                    \
      return -1;                                                         \
    }                                                                    \
    return real arguments;                                               \
  }

REFUSE_IF_OVER(ssize_t, write, (int file, const void* bytes, size_t count), (file, bytes, count))
REFUSE_IF_OVER(ssize_t, writev, (int file, const struct iovec* parts, int count), (file, parts, count))
REFUSE_IF_OVER(ssize_t, pwrite, (int file, const void* bytes, size_t count, off_t at), (file, bytes, count, at))
REFUSE_IF_OVER(ssize_t, pwrite64, (int file, const void* bytes, size_t count, off64_t at), (file, bytes, count, at))
REFUSE_IF_OVER(ssize_t, pwritev, (int file, const struct iovec* parts, int count, off_t at), (file, parts, count, at))
REFUSE_IF_OVER(ssize_t, pwritev64, (int file, const struct iovec* parts, int count, off64_t at),
               (file, parts, count, at))

static int answer_quota(long command, struct dqblk* block) {
  const char* limit = getenv("TRANCHE_TEST_QUOTA_LIMIT");
  unsigned long long used = 0;
  unsigned long long allowed = 0;
  if (limit == NULL || command != (long)(unsigned)QCMD(Q_GETQUOTA, USRQUOTA)) return 0;
  if (sscanf(limit, "%llu %llu", &used, &allowed) != 2) return 0;
  memset(block, 0, sizeof *block);
  block->dqb_curspace = used;
  block->dqb_bhardlimit = allowed / 1024;
  return 1;
}

long syscall(long number, ...) {
  static long (*real)(long, ...);
  if (real == NULL) *(void**)&real = dlsym(RTLD_NEXT, "syscall");
  va_list list;
  va_start(list, number);
  long words[6];
  for (int k = 0; k < 6; ++k) words[k] = va_arg(list, long);
  va_end(list);
#ifdef SYS_quotactl_fd
  if (number == SYS_quotactl_fd && answer_quota((long)(unsigned)words[1], (struct dqblk*)words[3])) return 0;
#endif
  return real(number, words[0], words[1], words[2], words[3], words[4], words[5]);
}
