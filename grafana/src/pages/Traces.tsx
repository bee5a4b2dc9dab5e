import React from 'react';
export default function Traces({ name }: { name: string }) { return <div>Traces {name}</div>; }
