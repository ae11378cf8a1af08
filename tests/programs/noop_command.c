/* The smallest simulator there is. */
int main(void) { return 0; }
