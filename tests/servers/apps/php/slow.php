<?php
// Not sleep(3): a signal ends it early, and so a request would seem to be finished.
for ($end = microtime(true) + 3; microtime(true) < $end;) {
    usleep(10000);
}
echo "slow\n";
