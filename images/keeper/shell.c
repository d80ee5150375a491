#include "shell.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct account {
    char name[64], home[256], shell[256];
};

static void copy_field(char *to, size_t size, const char *from)
{
    if (from != NULL && from[0] != '\0') {
        snprintf(to, size, "%s", from);
    }
}

/* Read by hand: a static binary cannot load the C library's modules for accounts. */
static struct account account_of(uid_t user)
{
    struct account account = {.name = "", .home = "/", .shell = "/bin/sh"};
    char line[1024];
    FILE *file = fopen("/etc/passwd", "re");
    if (file == NULL) {
        return account;
    }
    while (fgets(line, sizeof line, file) != NULL) {
        char *fields[7] = {0};
        char *rest = line;
        line[strcspn(line, "\n")] = '\0';
        for (int i = 0; i < 7 && rest != NULL; i++) {
            fields[i] = strsep(&rest, ":");
        }
        if (fields[6] != NULL && strtoul(fields[2], NULL, 10) == user) {
            copy_field(account.name, sizeof account.name, fields[0]);
            copy_field(account.home, sizeof account.home, fields[5]);
            copy_field(account.shell, sizeof account.shell, fields[6]);
            break;
        }
    }
    fclose(file);
    return account;
}

static void become_command(char **command)
{
    struct account account = account_of(getuid());
    setenv("TERM", "xterm-256color", 1);
    setenv("HOME", account.home, 1);
    setenv("SHELL", account.shell, 1);
    setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 0);
    if (account.name[0] != '\0') {
        setenv("USER", account.name, 1);
        setenv("LOGNAME", account.name, 1);
    }
    if (chdir(account.home) < 0 && chdir("/") < 0) {
        return;
    }
    if (command != NULL) {
        execvp(command[0], command);
        fprintf(stderr, "keeper: %s: %m\r\n", command[0]);
        return;
    }
    char login_name[258];
    const char *base = strrchr(account.shell, '/');
    snprintf(login_name, sizeof login_name, "-%s", base == NULL ? account.shell : base + 1);
    execl(account.shell, login_name, (char *)NULL);
    execl("/bin/sh", "-sh", (char *)NULL);
    fprintf(stderr, "keeper: %s: %m\r\n", account.shell);
}

_Noreturn void shell_run(int master, char **command)
{
    int terminal = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY);
    setsid();
    if (terminal < 0 || ioctl(terminal, TIOCSCTTY, 0) < 0) {
        _exit(126);
    }
    dup2(terminal, STDIN_FILENO);
    dup2(terminal, STDOUT_FILENO);
    dup2(terminal, STDERR_FILENO);
    if (terminal > STDERR_FILENO) {
        close(terminal);
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    become_command(command);
    _exit(127);
}
