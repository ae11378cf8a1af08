/* A sound model, and one bad node: the first rank that runs a sample writes the pid of its slots' parent into the
 * file `lemon` of the campaign's directory; from then on nearly every sample fails there, and fast. x = {a, b}. */
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tranche/plugin.h"

static const tranche_info* facts;

uint32_t tranche_abi(void) { return TRANCHE_ABI; }

int tranche_open(const tranche_info* info, void* shared, void** state) {
  (void)shared, (void)state;
  facts = info;
  return 0;
}

static int here(void) {
  char path[4096];
  char text[32] = {0};
  snprintf(path, sizeof path, "%s/lemon", facts->campaign_dir);
  const int mine = open(path, O_WRONLY | O_CREAT | O_EXCL, 0666);
  if (mine >= 0) {
    const int length = snprintf(text, sizeof text, "%d\n", (int)getppid());
    const ssize_t written = write(mine, text, (size_t)length);
    close(mine);
    return written == length;
  }
  const int fd = open(path, O_RDONLY);
  const ssize_t length = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
  if (fd >= 0) close(fd);
  return length > 0 && strchr(text, '\n') != NULL && atoi(text) == (int)getppid();
}

int tranche_eval(void* state, const tranche_task* task, double* const* out, tranche_result* result) {
  (void)state;
  if (here() && task->index % 10 != 0) {
    usleep(500);
    if (task->index % 10 == 1) abort();
    strcpy(result->reason, "no_device");
    return TRANCHE_FAILED;
  }
  usleep(4000);
  for (size_t k = 0; k < facts->outputs[0].n; ++k) out[0][k] = exp(-task->x[0] * (double)k) + task->x[1];
  return TRANCHE_OK;
}
