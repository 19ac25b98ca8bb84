# a capture whose files contradict themselves: one clear error, nothing written
with() {
	rm -rf b
	cp -r "$files/tiny" b && chmod -R u+w b
	sed -i "$2" b/snap/start/$1
	kmemlab replay b -q -o run.db
	echo "exit $?"
}
with zoneinfo 's/min      64/min      640/'
with zoneinfo 's/boost    0/boost    1000/'
with zoneinfo '0,/managed.*/s//managed 99999999/'
with zoneinfo '0,/present.*/s//present 99999999/'
with zoneinfo '0,/spanned.*/s//spanned 18446744073709551615/'
with zoneinfo 's/start_pfn:.*/start_pfn: 18446744073709551615/'
with zoneinfo '0,/spanned.*/s//spanned 99999999999/'
with zoneinfo 's/cma      0/cma      999999999/'
with zoneinfo 's/Node 0/Node 16/'
with zoneinfo 's/cpu: 0/cpu: 1024/'
with pagetypeinfo 's/order: 9/order: 0/'
with pagetypeinfo 's/order: 9/order: 12/'
with pagetypeinfo 's/^Node 0, zone    DMA32            1 .*/Node 0, zone DMA32 1 9999999 0 0 0/'
with pagetypeinfo 's/ 12 $/ 99999999/'
with buddyinfo 's/ 12 $/ 99999999/'
with buddyinfo 's/.*/Node 0, zone DMA32 1 2 3/'
# the empty zone Normal becomes a second DMA32
with zoneinfo '/Normal/,$d'
sed 's/DMA32/Normal/' b/snap/start/zoneinfo >more
cat more >>b/snap/start/zoneinfo
kmemlab replay b -q -o run.db
echo "exit $?"
area() {
	rm -rf b
	cp -r "$files/tiny" b && chmod -R u+w b
	cat >b/snap/start/cma
	kmemlab replay b -q -o run.db
	echo "exit $?"
}
area <<'END'
a base_pfn 99999999
a count 512
END
area <<'END'
a base_pfn 512
a count 18446744073709551615
END
area <<'END'
a base_pfn 512
a count 1000
a order_per_bit 4
END
area <<'END'
a base_pfn 512
a count 1024
b base_pfn 1024
b count 1024
END
ls
