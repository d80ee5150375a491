#include "keeper.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int usage(void)
{
    fputs("usage: keeper serve --socket NAME [--serial PATH] [--detach] [-- COMMAND...]\n"
          "       keeper attach --socket NAME\n"
          "       keeper hold\n"
          "       keeper machine --socket NAME [--terminal NAME] [--boot NUMBER] [--off] [-- COMMAND...]\n"
          "       keeper power --socket NAME (state | off | boot NUMBER)\n"
          "NAME is a path, or an abstract name when it begins with '@'.\n",
          stderr);
    return 2;
}

static int power(int count, char **words)
{
    char request[64];
    if (count == 5 && (strcmp(words[4], "state") == 0 || strcmp(words[4], "off") == 0)) {
        return ask_machine(words[3], words[4]);
    }
    if (count == 6 && strcmp(words[4], "boot") == 0) {
        snprintf(request, sizeof request, "boot %ld", strtol(words[5], NULL, 10));
        return ask_machine(words[3], request);
    }
    return usage();
}

static int machine(int count, char **words)
{
    struct machine_options options = {0};
    for (int i = 2; i < count; i++) {
        if (strcmp(words[i], "--socket") == 0 && i + 1 < count) {
            options.socket = words[++i];
        } else if (strcmp(words[i], "--terminal") == 0 && i + 1 < count) {
            options.terminal = words[++i];
        } else if (strcmp(words[i], "--boot") == 0 && i + 1 < count) {
            options.boot = strtol(words[++i], NULL, 10);
        } else if (strcmp(words[i], "--off") == 0) {
            options.off = 1;
        } else if (strcmp(words[i], "--") == 0 && i + 1 < count) {
            options.command = words + i + 1;
            break;
        } else {
            return usage();
        }
    }
    return options.socket == NULL ? usage() : keep_machine(&options);
}

int main(int count, char **words)
{
    struct serve_options options = {0};
    if (count < 2) {
        return usage();
    }
    if (strcmp(words[1], "machine") == 0) {
        return machine(count, words);
    }
    if (strcmp(words[1], "power") == 0 && count > 4 && strcmp(words[2], "--socket") == 0) {
        return power(count, words);
    }
    for (int i = 2; i < count; i++) {
        if (strcmp(words[i], "--socket") == 0 && i + 1 < count) {
            options.socket = words[++i];
        } else if (strcmp(words[i], "--serial") == 0 && i + 1 < count) {
            options.serial = words[++i];
        } else if (strcmp(words[i], "--detach") == 0) {
            options.detach = 1;
        } else if (strcmp(words[i], "--") == 0 && i + 1 < count) {
            options.command = words + i + 1;
            break;
        } else {
            return usage();
        }
    }
    if (strcmp(words[1], "hold") == 0 && count == 2) {
        return hold();
    }
    if (options.socket == NULL || (options.serial != NULL && options.command != NULL)) {
        return usage();
    }
    if (strcmp(words[1], "serve") == 0) {
        return serve(&options);
    }
    if (strcmp(words[1], "attach") == 0) {
        return attach(options.socket);
    }
    return usage();
}
