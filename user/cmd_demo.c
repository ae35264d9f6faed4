#include "cmd.h"
int cmd_demo(const struct options *options){ (void)options; return 1; }
