cp -r "$files/tiny" b && chmod -R u+w b
try() {
	kmemlab replay b -q -o run.db
	echo "exit $?"
}
echo "10" >b/meta/node0_distance
echo "0-1" >b/meta/node0_cpulist
try
rm run.db
echo "10 20" >b/meta/node0_distance
try
echo "20" >b/meta/node0_distance
try
echo "10" >b/meta/node0_distance
echo "0-x" >b/meta/node0_cpulist
try
mv b/meta/node0_cpulist b/meta/node7_cpulist
echo 1 >b/meta/node7_cpulist
try
ls
