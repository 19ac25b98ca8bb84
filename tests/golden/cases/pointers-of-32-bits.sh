# vmalloc's array of page pointers says how many pages come in bulk: 240 bytes are 60 pages of a 32-bit kernel
cp -r "$files/tiny" b && chmod -R u+w b
line='     sh-77 [000] d..1. 10.000056: kmalloc: call_site=__vmalloc_node_range+0x1/0x2 ptr=0xf7000000 bytes_req=240 bytes_alloc=256 gfp_flags=GFP_KERNEL'
sed -i "/pfn=0x2005/a\\$line" b/trace.txt
bulk() {
	kmemlab replay "$1" -o run.db | grep bulk
}
bulk b
mkdir -p b/meta/formats
printf '\tfield:unsigned long call_site;\toffset:8;\tsize:4;\tsigned:0;\n\tfield:const void * ptr;\toffset:12;\tsize:4;\tsigned:0;\n' >b/meta/formats/kmem.kmalloc
bulk b
kmemlab convert b -o b.kmt && bulk b.kmt
rm b/meta/formats/kmem.kmalloc
printf 'processor\t: 0\ncpuid level\t: 13\n' >b/meta/cpuinfo
bulk b
