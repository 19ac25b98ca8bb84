for line in 'machine: {cpus: 0}' 'machine: {cpus: 99999999999999999999}' 'policy: {watermark_scale_factor: 3001}' \
	'policy: {percpu_pagelist_high_fraction: 7}' 'policy: {min_free_kbytes: -1}' \
	'policy: {lowmem_reserve_ratio: [1,2,3,4,5,6,7,8,9]}' 'policy: {lowmem_reserve_ratio: []}' 'policy: {kernel: ""}'; do
	echo "$line" >c.yaml
	kmemlab check x -c c.yaml
	echo "exit $?"
done
