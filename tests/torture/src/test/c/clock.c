/*
 * Moves the clock of one process: loaded before the C library, it adds as many seconds as the text of the file CLOCK_FILE
 * says to what that process is told of the time of day. The file is read anew each time that it is asked. The clock that
 * nobody sets, by which threads wait, is left alone.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long moved(void) {
  const char *name = getenv("CLOCK_FILE");
  char text[32] = {0};
  int file = name == NULL ? -1 : open(name, O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    return 0;
  }
  ssize_t ignored = read(file, text, sizeof text - 1);
  (void)ignored;
  close(file);
  return strtol(text, NULL, 10);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  int result = (int)syscall(SYS_clock_gettime, clock, now);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
    now->tv_sec += moved();
  }
  return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  struct timespec exact;
  int result = clock_gettime(CLOCK_REALTIME, &exact);
  (void)zone;
  now->tv_sec = exact.tv_sec;
  now->tv_usec = exact.tv_nsec / 1000;
  return result;
}

time_t time(time_t *also) {
  struct timespec exact;
  clock_gettime(CLOCK_REALTIME, &exact);
  if (also != NULL) {
    *also = exact.tv_sec;
  }
  return exact.tv_sec;
}
