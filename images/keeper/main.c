#include "keeper.h"

#include <stdio.h>
#include <string.h>

static int usage(void)
{
    fputs("usage: keeper serve --socket NAME [--serial PATH] [--detach] [-- COMMAND...]\n"
          "       keeper attach --socket NAME\n"
          "       keeper hold\n"
          "NAME is a path, or an abstract name when it begins with '@'.\n",
          stderr);
    return 2;
}

int main(int count, char **words)
{
    struct serve_options options = {0};
    if (count < 2) {
        return usage();
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
