/* main.c - the program. */
#include "verb.h"

int main(int argc, char **argv)
{
    return cli_run(argc, argv);
}
