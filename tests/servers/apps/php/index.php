<?php echo $_SERVER["ANSWER"], "\n";
