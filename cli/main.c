/* main.c - the program: finds the verb and runs it. */
#include <stdio.h>

int main(void)
{
    fputs("usage: dpdm VERB [options]\n", stderr);
    return 2;
}
