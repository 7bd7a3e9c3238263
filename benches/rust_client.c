/* The main of the Rust clients: their functions are in a static library that is linked to it. */
#include "caller.h"

int main(int argc, char **argv) { return caller_main(RUST_CLIENT, argc, argv); }
