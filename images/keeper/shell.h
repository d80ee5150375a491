#ifndef SHELL_H
#define SHELL_H

/* In a new process: makes the PTY its terminal and becomes the command, or the user's login shell. Never returns. */
_Noreturn void shell_run(int master, char **command);

#endif
