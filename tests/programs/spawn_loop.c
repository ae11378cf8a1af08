/* spawn_loop PROGRAM COUNT PROCESSES: starts PROGRAM COUNT times in all, one after the other in each of PROCESSES
 * loops, and waits for each. Prints the seconds it took. The least that starting programs can cost. */
#define _GNU_SOURCE
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char** environ;

static int loop(char* program, long count) {
  char* arguments[] = {program, NULL};
  for (long k = 0; k < count; ++k) {
    pid_t pid;
    int status;
    if (posix_spawn(&pid, program, NULL, NULL, arguments, environ) != 0) return 1;
    if (waitpid(pid, &status, 0) != pid || status != 0) return 1;
  }
  return 0;
}

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const long count = atol(argv[2]);
  const int processes = atoi(argv[3]);
  struct timespec begin, end;
  clock_gettime(CLOCK_MONOTONIC, &begin);
  for (int k = 0; k < processes; ++k) {
    if (fork() == 0) _exit(loop(argv[1], count / processes));
  }
  int failed = 0;
  for (int k = 0; k < processes; ++k) {
    int status;
    wait(&status);
    failed = failed || status != 0;
  }
  clock_gettime(CLOCK_MONOTONIC, &end);
  printf("%.6f\n", (double)(end.tv_sec - begin.tv_sec) + 1e-9 * (double)(end.tv_nsec - begin.tv_nsec));
  return failed;
}
